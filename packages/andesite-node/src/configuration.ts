/**
 * Configuration of an Andesite audio node without the node itself: options, their defaults, and their keys in
 * files and environment variables. Loads quickly, for programs that only read a configuration.
 *
 * @packageDocumentation
 */

export type { Logger } from "@asterite/util";
export { NodeError, type NodeErrorCode } from "./errors.ts";
export {
  environmentVariable,
  isIgnoredKey,
  isSecret,
  keyPrefix,
  type OptionKey,
  type OptionKind,
  optionKeys,
  type TextFormat,
} from "./option-keys.ts";
export {
  type AndesiteNodeOptions,
  type AnnouncingOptions,
  defaultNodeOptions,
  type HttpOptions,
  type LoadingOptions,
  type MetricsOptions,
  type NodeSettings,
  type OptionGroup,
  type PlayingOptions,
  type SourceName,
  type StreamingOptions,
  type VoiceOptions,
  type WebSocketOptions,
} from "./options.ts";
export {
  completeOptions,
  findOption,
  listenAddress,
  type ReadKeys,
  readOptionKeys,
} from "./read-options.ts";
