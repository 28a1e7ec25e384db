import type { Channel, Message, RequestOptions, User } from "@asterite/aster";
import {
  argumentError,
  checkAtLeast,
  checkKnownNames,
  checkModel,
  checkOptionalSignal,
  checkText,
} from "../errors.ts";
import type { PrivateAnswer } from "../flow/private-answers.ts";
import { neutralizeMentions } from "./sanitize.ts";
import { contentLimit, splitText } from "./split.ts";

/** Options of {@link Context.reply} and {@link sendText}. */
export interface ReplyOptions extends RequestOptions {
  /**
   * Mentions in the text that stay mentions: `true` for all, or those of some accounts; all others are
   * rendered inert. Default: none, so that a text of a user never mentions others by way of the bot.
   */
  readonly mentions?: boolean | readonly User[];
  /** Largest number of messages that a long text is split into, at least 1. Default 5, or that of the bot. */
  readonly maxParts?: number;
}

/** Options of {@link sendText}. */
export interface SendTextOptions extends ReplyOptions {
  /** Uuid of the message to reply to. */
  readonly replyTo?: number | undefined;
}

/** Names of {@link ReplyOptions}. */
export const replyOptionNames: readonly (keyof ReplyOptions)[] = [
  "mentions",
  "maxParts",
  "signal",
  "timeoutMs",
];

/** @throws CommandsError `ARGUMENT_INVALID` for arguments of {@link sendText} of another type. */
export function checkSending(channel: Channel, text: string, options: SendTextOptions): void {
  checkModel("channel", channel, "a channel");
  checkText("text", text);
  checkKnownNames("option of send", options, [...replyOptionNames, "replyTo"]);
  const { mentions = false, maxParts = 1, signal } = options;
  const isValid = typeof mentions === "boolean" || Array.isArray(mentions);
  if (!isValid) throw argumentError("mentions", mentions, "true, false or an array of users");
  if (Array.isArray(mentions)) for (const user of mentions) checkModel("mentions", user, "an array of users");
  checkAtLeast("maxParts", maxParts, 1);
  checkOptionalSignal(signal);
}

/**
 * Sends a text to a channel. A text that is too long for one message is split at lines or blanks; mentions are
 * inert unless `mentions` allows them.
 *
 * @returns The first message.
 * @throws CommandsError `TEXT_TOO_LONG` for more than `maxParts` parts, before any is sent;
 *   `ARGUMENT_INVALID` for a blank text, and for arguments of another type; the errors of {@link Channel.send}.
 */
export async function sendText(
  channel: Channel,
  text: string,
  options: SendTextOptions = {},
  answer?: PrivateAnswer,
): Promise<Message> {
  checkSending(channel, text, options);
  const { mentions = false, maxParts = 5, replyTo, ...request } = options;
  const allowed = typeof mentions === "boolean" ? [] : mentions.map(({ username }) => username);
  const safe = mentions === true ? text : neutralizeMentions(text, allowed);
  const [firstPart, ...others] = splitText(safe, contentLimit(channel.server), maxParts);
  if (firstPart === undefined) throw argumentError("text", text, "a text that is not blank");
  const send = answer ?? ((part: string, more: SendTextOptions) => channel.send(part, more));
  const first = await send(firstPart, { ...request, ...(!answer && { replyTo }) });
  for (const part of others) await send(part, request);
  return first;
}
