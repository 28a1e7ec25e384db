import type { Message } from "@asterite/aster";
import { argumentError } from "../errors.ts";

/** Messages that {@link Bot.hears} handles: those with a text, those that match, or those of a function. */
export type MessagePattern = string | RegExp | ((message: Message) => boolean);

/**
 * Returns the test of a pattern.
 *
 * @throws CommandsError `ARGUMENT_INVALID` for a value of another type.
 */
export function matcherOf(pattern: MessagePattern): (message: Message) => boolean {
  if (typeof pattern === "function") return pattern;
  if (typeof pattern !== "string" && !(pattern instanceof RegExp)) {
    throw argumentError("pattern", pattern, "a text, a regular expression or a function");
  }
  if (typeof pattern === "string") {
    const text = pattern.toLowerCase();
    return ({ content }) => content.length === pattern.length && content.toLowerCase() === text;
  }
  // Without the flags that make an expression remember its last match.
  const expression = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ""));
  return ({ content }) => expression.test(content);
}
