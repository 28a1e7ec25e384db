/**
 * Parts behind the clients of `@asterite/andesite`: base classes of custom clients and stores, operation
 * objects, models, errors of wrong arguments, default options, and the functions that read messages of a node.
 *
 * @packageDocumentation
 */

export { LoadType, Severity, TrackEndReason } from "@asterite/andesite-protocol";
export { SubscriptionClosed } from "@asterite/observable";
export { systemClock } from "./clock.ts";
export {
  compareRegions,
  createRegionComparator,
  type RegionComparison,
  removeVoiceServerUpdateHandler,
  SocketResponseHandler,
  updateVoiceState,
} from "./discord/index.ts";
export {
  ConnectionTimeoutError,
  InvalidTypeError,
  MalformedDataError,
  MissingUserIdError,
  OutOfRangeError,
  QueueFullError,
  WrongAddressError,
} from "./errors.ts";
export {
  AndesiteEvent,
  ConnectionUpdate,
  EVENT_MAP,
  getEventModel,
  getUpdateModel,
  MetadataUpdate,
  OP_MAP,
  PongResponse,
  type ReceivedOperation,
  ReceiveOperation,
  readReceiveOperation,
  StatsUpdate,
  TrackEvent,
  TrackTitleEvent,
} from "./events/index.ts";
export { defaultHTTPOptions, HTTPSession } from "./http/index.ts";
export {
  AndesiteError,
  BasePlayer,
  ChannelMix,
  type ClassLoadingStats,
  type CompilationStats,
  type CPUStats,
  EqualizerBand,
  FILTER_MAP,
  Filter,
  type FrameStats,
  type GCStats,
  getFilterModel,
  isSuccess,
  LoadedTrack,
  LowPass,
  type MemoryCommonUsageStats,
  type MemoryManagerStats,
  type MemoryPoolStats,
  type MemoryStats,
  MixerPlayer,
  type OSStats,
  PlainFilter,
  Player,
  type PlayersStats,
  PlaylistInfo,
  Rotation,
  type RuntimeSpecStats,
  type RuntimeStats,
  type RuntimeVersionStats,
  type RuntimeVMStats,
  StackFrame,
  Stats,
  type ThreadStats,
  TrackInfo,
  TrackMetadata,
  UNKNOWN_ARTIST,
} from "./models/index.ts";
export {
  Destroy,
  EventBuffer,
  FilterUpdate,
  MixerUpdate,
  Pause,
  Seek,
  SendOperation,
  Stop,
  VoiceServerUpdate,
  Volume,
} from "./operations/index.ts";
export {
  defaultHTTPPoolOptions,
  defaultScoringFunction,
  defaultWebSocketPoolOptions,
  HTTPPool,
  HTTPPoolBase,
  PoolException,
  WebSocketPool,
  WebSocketPoolBase,
} from "./pool/index.ts";
export {
  AbstractPlayerState,
  AbstractState,
  defaultStateOptions,
  noDetails,
  playerDetailsFromRaw,
  playerDetailsToRaw,
  playerFromRaw,
  playerToRaw,
  voiceServerUpdateFromRaw,
  voiceServerUpdateToRaw,
} from "./state/index.ts";
export { defaultHeartbeat, defaultSocketOptions, defaultWebSocketOptions } from "./web-socket/index.ts";
