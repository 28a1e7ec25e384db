import type { Message } from "@asterite/aster";

/** A message as it is shown; a change makes a new one, so that only its own row is drawn again. */
export interface Entry {
  readonly uuid: number;
  readonly author: number;
  readonly content: string;
  /** Unix time in milliseconds, to the second. */
  readonly at: number;
  readonly isEdited: boolean;
  /** The message that it answers. */
  readonly replyTo: number | undefined;
}

/** What a message is at this moment. */
export const entryOf = (message: Message): Entry => ({
  uuid: message.uuid,
  author: message.author.uuid,
  content: message.content,
  at: message.date * 1000,
  isEdited: message.edited,
  replyTo: message.replyUuid,
});
