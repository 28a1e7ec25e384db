/**
 * Framework for bots on Aster chat servers.
 *
 * @packageDocumentation
 */

export { quoteArgument } from "./arguments/tokenizer.ts";
export { CommandsError, type CommandsErrorCode, UserError } from "./errors.ts";
export { neutralizeMentions, quote, quoteBlock, sanitizeLine } from "./text/sanitize.ts";
