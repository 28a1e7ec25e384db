/**
 * An Andesite audio node.
 *
 * @packageDocumentation
 */

export { type AudioCheck, checkAudio } from "./check-audio.ts";
export { createNode } from "./create-node.ts";
export { NodeError, type NodeErrorCode, TrackError } from "./errors.ts";
export { type Logger, silentLogger } from "./logger.ts";
export type { OpusBuild } from "./media/opus-library.ts";
export { type AndesiteNode, listenAddress } from "./node.ts";
export {
  isMeaninglessKey,
  keyPrefix,
  type OptionKey,
  type OptionKind,
  optionKeys,
  variableOf,
} from "./option-keys.ts";
export { completeOptions, findOption, type ReadKeys, readOptionKeys } from "./option-reading.ts";
export {
  type AndesiteNodeOptions,
  defaultNodeOptions,
  type HttpOptions,
  type ListeningOptions,
  type LoadingOptions,
  type MetricsOptions,
  type NodeSettings,
  type OptionGroup,
  type PlayingOptions,
  type SourceName,
  type VoiceOptions,
  type WebSocketOptions,
} from "./options.ts";
