import { UserError } from "../errors.ts";
import type { DjSettings } from "../options.ts";
import type { AffectedEntries } from "./access-control.ts";
import type { CommandContext } from "./command-context.ts";

/** Chat command. */
export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Arguments, for the help; empty if there are none. */
  readonly usage: string;
  /** Description for the help: one sentence without its period. */
  readonly help: string;
  /** Returns further help, shown for this command alone. */
  readonly details?: (settings: DjSettings) => string;
  /** Returns the entries that the command would affect, for the access check. */
  readonly affects: (context: CommandContext) => AffectedEntries;
  /** Runs the command and returns the reply. Throws a UserError for mistakes of the user. */
  readonly run: (context: CommandContext) => string | Promise<string>;
}

/** Affects no entries: for commands that only show information. */
export const affectsNothing = (): AffectedEntries => ({ type: "none" });

/** Affects the current entry. */
export const affectsCurrent = ({ channelPlayer }: CommandContext): AffectedEntries => {
  const current = channelPlayer?.player.queue.current;
  return { type: "existing", entries: current ? [current] : [] };
};

/** Affects the upcoming entries. */
export const affectsUpcoming = ({ channelPlayer }: CommandContext): AffectedEntries => ({
  type: "existing",
  entries: channelPlayer?.player.queue.upcoming ?? [],
});

/** Affects the current and the upcoming entries. */
export const affectsAll = ({ channelPlayer }: CommandContext): AffectedEntries => {
  const { current = null, upcoming = [] } = channelPlayer?.player.queue ?? {};
  return { type: "existing", entries: [...(current ? [current] : []), ...upcoming] };
};

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
export function parseTrackNumber(text: string, what: string, queueLength: number): number {
  if (queueLength === 0) throw new UserError("The queue is empty.");
  return parseNumber(text, what, queueLength);
}
