/**
 * Track queue and its player on an Andesite node.
 *
 * @packageDocumentation
 */

export { ListenerError } from "@asterite/observable";
export type { DebugEntry, DebugHook } from "@asterite/util";
export type { Autoplay } from "./autoplay.ts";
export { type NewEntry, type QueueEntry, type QueueTrack, type Requester, toQueueTrack } from "./entry.ts";
export { QueueError, type QueueErrorCode } from "./errors.ts";
export {
  AutoplayEvent,
  EntryEndEvent,
  type EntryEndReason,
  type EntryFailure,
  type EntryFailureCode,
  EntryStartEvent,
  LeaveEvent,
  NodeErrorEvent,
  QueueChangeEvent,
  type QueueEvent,
  QueueHaltEvent,
  QueueIdleEvent,
} from "./events.ts";
export {
  combineFilterPresets,
  type FilterPreset,
  type FilterPresetName,
  filterPresets,
  isFilterPreset,
} from "./filter-presets.ts";
export type { FilterTable } from "./filters.ts";
export type { LeaveReason, LeaveTimes } from "./leave-timer.ts";
export type { MixerSnapshot } from "./mixer-recorder.ts";
export type { QueueNode } from "./node-link.ts";
export { defaultQueuePlayerOptions, type QueuePlayerOptions } from "./player-options.ts";
export {
  type DuplicatePolicy,
  defaultQueueOptions,
  duplicatePolicies,
  type InsertPosition,
  type LoopMode,
  loopModes,
  Queue,
  type QueueOptions,
  type QueueState,
  type QueueView,
} from "./queue.ts";
export { QueuePlayer } from "./queue-player.ts";
export { type Random, seededRandom } from "./random.ts";
export { type PlaybackState, type QueueSnapshot, readSnapshot, readTrack } from "./snapshot.ts";
