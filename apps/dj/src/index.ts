/**
 * A music bot for Aster chat.
 *
 * @packageDocumentation
 */

export { DjError, type DjErrorCode } from "./errors.ts";
export { type Logger, silentLogger } from "./logger.ts";
export {
  type Control,
  type DjNode,
  type DjOptions,
  defaultDjOptions,
  isControl,
  type Rate,
} from "./options.ts";
export { type Dj, startDj } from "./start-dj.ts";
