export { Equalizer, EqualizerBand } from "./equalizer.ts";
export { AndesiteError, AndesiteException, StackFrame } from "./errors.ts";
export { Filter, type FilterOptions, PlainFilter } from "./filter.ts";
export { FILTER_MAP, type FilterClass, FilterMap, type FilterMapLike, getFilterModel } from "./filter-map.ts";
export {
  ChannelMix,
  Karaoke,
  LowPass,
  Rotation,
  Timescale,
  Tremolo,
  Vibrato,
  VolumeFilter,
} from "./plain-filters.ts";
export { BasePlayer, type MixerMap, MixerPlayer, Player, type PlayerFrameStats } from "./player.ts";
export type {
  ClassLoadingStats,
  CompilationStats,
  CPUStats,
  FrameStats,
  GCStats,
  MemoryCommonUsageStats,
  MemoryManagerStats,
  MemoryPoolStats,
  MemoryStats,
  OSStats,
  PlayersStats,
  RuntimeSpecStats,
  RuntimeStats,
  RuntimeVersionStats,
  RuntimeVMStats,
  ThreadStats,
} from "./stats.ts";
export { Stats } from "./stats.ts";
export {
  type Collection,
  isSuccess,
  LoadedTrack,
  PlaylistInfo,
  TrackInfo,
  TrackMetadata,
  UNKNOWN_ARTIST,
} from "./tracks.ts";
