export type { ClientPool } from "./client-pool.ts";
export { type CreatePoolOptions, createPool, type NodeDetails } from "./create-pool.ts";
export { type MemberFailure, PoolEmptyError, PoolException } from "./errors.ts";
export {
  PoolClientAddEvent,
  PoolClientExcludeEvent,
  PoolClientRemoveEvent,
  PoolGuildMoveEvent,
} from "./events.ts";
export { defaultHTTPPoolOptions, HTTPPoolBase, type HTTPPoolOptions } from "./http-pool-base.ts";
export { HTTPPool, type HTTPPoolConstructor, WebSocketPool, type WebSocketPoolConstructor } from "./pools.ts";
export {
  defaultScoringFunction,
  type PoolScoringFunction,
  type RegionGuildComparator,
  type Score,
  type ScoringData,
} from "./scoring.ts";
export { WebSocketPoolBase } from "./web-socket-pool-base.ts";
export { defaultWebSocketPoolOptions, type WebSocketPoolOptions } from "./web-socket-pool-options.ts";
