/**
 * Framework for bots on Aster chat servers.
 *
 * @packageDocumentation
 */

export type { DebugEntry, DebugHook, RateLimit } from "@asterite/util";
export { arg } from "./arguments/arg.ts";
export type { Argument, ArgumentSpan, ArgumentType } from "./arguments/argument.ts";
export { quoteArgument } from "./arguments/tokenizer.ts";
export { Bot, type ErrorBoundary } from "./bot.ts";
export type { ArgumentMap, ArgumentValues, CommandDefinition } from "./commands/command.ts";
export { CommandGroup, type GroupOptions } from "./commands/command-group.ts";
export {
  anyOf,
  type Guard,
  type GuardResult,
  hasPermission,
  inGroup,
  type PermissionOptions,
} from "./commands/guards.ts";
export type { HandlerResult } from "./commands/handler-result.ts";
export type { CommandDescription } from "./commands/help.ts";
export { type AskOptions, Context, type Invocation } from "./context.ts";
export type { CollectOptions } from "./conversation/collect-messages.ts";
export type { MessageFilter, WaitOptions } from "./conversation/wait-for-message.ts";
export { CommandsError, type CommandsErrorCode, UserError } from "./errors.ts";
export type { Cooldown, CooldownScope } from "./flow/cooldown.ts";
export type { MessagePattern } from "./flow/message-pattern.ts";
export type { Middleware, Next } from "./flow/middleware.ts";
export type { MessageContext } from "./message-context.ts";
export { type BotOptions, defaultBotOptions, type Prefix } from "./options.ts";
export { formatDuration, parseDuration } from "./text/duration.ts";
export { neutralizeMentions, quote, quoteBlock, sanitizeLine } from "./text/sanitize.ts";
export { type ReplyOptions, type SendTextOptions, sendText } from "./text/send-text.ts";
export { type BotTexts, defaultBotTexts } from "./texts.ts";
