import { Message } from "@asterite/aster";
import type { Context } from "../context.ts";
import { argumentError } from "../errors.ts";

// biome-ignore lint/suspicious/noConfusingVoidType: handlers without a result, asynchronous ones too.
type Result = string | Message | void;

/**
 * Result of a handler: a text is the reply; nothing, a blank text, and the message that `reply` resolved with send
 * none.
 */
export type HandlerResult = Result | Promise<Result>;

/**
 * Sends the text that a handler returned, if it returned one.
 *
 * @throws CommandsError `ARGUMENT_INVALID` for a result of another type, which would be lost silently.
 */
export async function replyWith(context: Context, result: unknown): Promise<void> {
  const given: unknown = await result;
  if (typeof given === "string") {
    if (given.trim() !== "") await context.reply(given);
    return;
  }
  if (given === undefined || given === null || given instanceof Message) return;
  const { commandName } = context.invocation;
  const handler = commandName === "" ? "a handler of hears" : `the command ${commandName}`;
  // The type alone, because the value may be private or large.
  throw argumentError(`result of ${handler}`, typeof given, "a text, which is the reply, or nothing");
}
