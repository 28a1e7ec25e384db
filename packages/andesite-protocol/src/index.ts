/**
 * Protocol of Andesite audio nodes: operations, messages, events and HTTP bodies, each defined once as a type
 * and a validator. Names, units and values are those of the wire: times in ms, player volumes in percent.
 *
 * @packageDocumentation
 */

export { CloseCode, closeReasons } from "./close-codes.ts";
export { describeValue } from "./describe-value.ts";
export {
  errorMessages,
  type HttpErrorInfo,
  readError,
  readHttpError,
  type SimpleError,
  type WireError,
  type WireStackFrame,
} from "./errors.ts";
export { type EventFields, type EventName, isEventName, mayStartNext, TrackEndReason } from "./events.ts";
export * as Extension from "./extensions.ts";
export {
  type EffectName,
  type EffectRange,
  type EffectReading,
  type EffectSettings,
  type EffectState,
  type EffectUpdates,
  effectDefaults,
  effectNames,
  effectProblem,
  effectRanges,
  effectSettings,
  isEffectEnabled,
  isEffectName,
  readEffectUpdates,
} from "./filter-effects.ts";
export {
  type FilterReading,
  readFilterState,
  readFilterUpdates,
  type WireFilters,
} from "./filter-reading.ts";
export {
  bandCount,
  type EqualizerSettings,
  type FilterName,
  type FilterSettings,
  type FilterState,
  type FilterUpdates,
  filterNames,
  filterSettings,
  isFilterEnabled,
  isFilterName,
  maxGain,
  minGain,
  type PlainFilterName,
  type SettingRange,
  settingProblem,
  type WireBand,
} from "./filters.ts";
export * as Header from "./headers.ts";
export {
  isLavalinkFilterEnabled,
  type LavalinkFilterReading,
  type LavalinkFilterSettings,
  type LavalinkFilters,
  type LavalinkPluginFilters,
  lavalinkFilterSettings,
  lavalinkPluginFilterSettings,
  readLavalinkFilters,
} from "./lavalink-filters.ts";
export type { LavalinkStats } from "./lavalink-stats.ts";
export { type ListenLink, readListenLink } from "./listen-link.ts";
export {
  isMessageName,
  type MessageFields,
  type MessageName,
  type MetadataValue,
  type NodeEvent,
  type NodeMessage,
  type ReadMessage,
  readMessage,
  type UnknownNodeEvent,
} from "./messages.ts";
export {
  type Metadata,
  type MetadataDefinition,
  type MetadataKey,
  metadata,
  metadataHeaders,
  passwordProtocol,
  readMetadataHeaders,
} from "./metadata.ts";
export {
  isOperationName,
  type MixerEntry,
  type OperationDefinition,
  type OperationFields,
  type OperationInput,
  type OperationName,
  operations,
  readSpan,
} from "./operations.ts";
export { artworkPath, libraryPath, listenPath, rawPrefix, webSocketPath } from "./paths.ts";
export { type Operation, type ParsedPayload, parsePayload, readOperation } from "./payload.ts";
export type { WireMixerPlayer, WirePlayer } from "./player.ts";
export * as QueryParameter from "./query-parameters.ts";
export { operationJsonSchema, type ResponseName, responseSchemas } from "./response-schemas.ts";
export {
  readDecodedTracks,
  readLoadResult,
  readMixerPlayer,
  readPlayer,
  readStats,
  readTrackInfo,
} from "./responses.ts";
export type { RouteDefinition } from "./routes.ts";
export * as routes from "./routes.ts";
export type { JsonSchema } from "./schema.ts";
export {
  parseSnowflake,
  type Snowflake,
  type SnowflakeLike,
  SnowflakeRangeError,
  SnowflakeTypeError,
  toSnowflake,
} from "./snowflake.ts";
export type { WireStats } from "./stats.ts";
export {
  LoadType,
  Severity,
  unknownArtist,
  type WireCollection,
  type WireDecodedTracks,
  type WireLoadResult,
  type WirePlaylistInfo,
  type WireTrackInfo,
  type WireTrackMetadata,
} from "./tracks.ts";
export { fromCenti, fromMilli, toCenti, toMilli } from "./units.ts";
export type { Checked, Problem } from "./validate.ts";
