/**
 * What the bot can be told, without the bot: loads in no time, for programs that only read settings.
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
  type Rate,
} from "./options.ts";
