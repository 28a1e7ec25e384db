import { UserError } from "@asterite/commands";
import type { ChannelPlayer } from "../channel/channel-player.ts";

/**
 * Parses an integer from 1 to `max`.
 *
 * @param what - Name of the number for the error, with its article.
 * @throws UserError naming the number and its range.
 */
export function parseNumber(text: string, what: string, max: number): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= 1 && value <= max) return value;
  if (max === 1) throw new UserError("The only valid number is 1.");
  throw new UserError(`Give ${what} from 1 to ${max}.`);
}

/**
 * Parses the number of a queued track, from 1.
 *
 * @throws UserError if the text is not the number of a track, or the queue is empty.
 */
export function parseTrackNumber(text: string, what: string, { player }: ChannelPlayer): number {
  const { length } = player.queue.upcoming;
  if (length === 0) throw new UserError("The queue is empty.");
  return parseNumber(text, what, length);
}
