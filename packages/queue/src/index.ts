/**
 * Track queue and its player on an Andesite node.
 *
 * @packageDocumentation
 */

export { type QueueEntry, type QueueTrack, type Requester, toQueueTrack } from "./entry.ts";
export { QueueError, type QueueErrorCode } from "./errors.ts";
export {
  EntryEndEvent,
  type EntryEndReason,
  EntryStartEvent,
  NodeErrorEvent,
  QueueChangeEvent,
  type QueueEvent,
  QueueHaltEvent,
  QueueIdleEvent,
} from "./events.ts";
export type { FilterTable } from "./filters.ts";
export type { QueueNode } from "./node-link.ts";
export { defaultQueuePlayerOptions, type QueuePlayerOptions } from "./player-options.ts";
export {
  defaultQueueOptions,
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
export { type PlaybackState, type QueueSnapshot, readSnapshot } from "./snapshot.ts";
