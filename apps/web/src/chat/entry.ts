import type { Message } from "@asterite/aster";

/** Immutable snapshot of a message. An edit creates a new entry, so that only its own row is re-rendered. */
export interface Entry {
  readonly uuid: number;
  readonly author: number;
  readonly content: string;
  /** Unix time in ms, with a resolution of one second. */
  readonly at: number;
  readonly isEdited: boolean;
  /** UUID of the message this one replies to. */
  readonly replyTo: number | undefined;
}

/** Returns a snapshot of the current state of a message. */
export const entryOf = (message: Message): Entry => ({
  uuid: message.uuid,
  author: message.author.uuid,
  content: message.content,
  at: message.date * 1000,
  isEdited: message.edited,
  replyTo: message.replyUuid,
});
