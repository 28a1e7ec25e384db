import type { Message } from "@asterite/aster";
import type { QueueEntry, Requester } from "@asterite/queue";
import type { ChannelPlayer } from "../channel/channel-player.ts";
import { UserError } from "../errors.ts";
import type { TrackSearchResult } from "../nodes/track-search.ts";
import type { DjSettings } from "../options.ts";
import type { AffectedEntries } from "./access-control.ts";

/** One use of a command. */
export interface Call {
  readonly message: Message;
  /** What stands behind the name of the command, without white space around it. */
  readonly argument: string;
  /** The room of the channel, if it has one. */
  readonly room: ChannelPlayer | undefined;
  readonly settings: DjSettings;
  /** The room of the channel, made where there is none. */
  open(): ChannelPlayer;
  /** Finds tracks. */
  find(typed: string): Promise<TrackSearchResult>;
  /** Words of the song that plays; null where its tags have none. */
  findLyrics(entry: QueueEntry): Promise<string | null>;
}

/** What people can ask the bot to do. */
export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** What stands behind the name, for the help; empty for nothing. */
  readonly usage: string;
  /** One line for the help. */
  readonly help: string;
  /** More for the help of this command alone. */
  readonly more?: (settings: DjSettings) => string;
  /** What it would do, to see who may. */
  readonly affects: (call: Call) => AffectedEntries;
  /** Does it, and says what was done. Throws a Hint for what a person can do better. */
  readonly run: (call: Call) => string | Promise<string>;
}

/** Who asks. */
export const requesterOf = ({ message }: Call): Requester => ({
  id: String(message.author.uuid),
  name: message.author.username,
});

/**
 * The room, which plays something or could.
 *
 * @throws Hint
 */
export function roomOf({ room, settings }: Call): ChannelPlayer {
  if (room && !room.isEmpty) return room;
  throw new UserError(
    `Nothing is playing. \`${settings.prefix}play\` and a name or an address changes that.`,
  );
}

/** It only tells. */
export const affectsNothing = (): AffectedEntries => ({ kind: "nothing" });

/** It changes what is to be heard now. */
export const affectsCurrent = ({ room }: Call): AffectedEntries => {
  const current = room?.player.queue.current;
  return { kind: "changes", entries: current ? [current] : [] };
};

/** It changes what is to be heard, now and later. */
export const affectsAll = ({ room }: Call): AffectedEntries => {
  const { current = null, upcoming = [] } = room?.player.queue ?? {};
  return { kind: "changes", entries: [...(current ? [current] : []), ...upcoming] };
};

/**
 * A number as people count, from 1.
 *
 * @throws Hint saying how the command is used.
 */
export function readNumber(text: string, what: string, most: number): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= 1 && value <= most) return value;
  const range = most < 1 ? "there is none at the moment" : `from 1 to ${most}`;
  throw new UserError(`I need ${what}, ${range}.`);
}
