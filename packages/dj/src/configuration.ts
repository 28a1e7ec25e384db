/**
 * Options of the bot without the bot: loads quickly, for programs that only read settings.
 *
 * @packageDocumentation
 */

export { DjError, type DjErrorCode } from "./errors.ts";
export {
  type Control,
  type Discovery,
  type DjNode,
  type DjOptions,
  defaultDjOptions,
  isControl,
  type RateLimit,
} from "./options.ts";
