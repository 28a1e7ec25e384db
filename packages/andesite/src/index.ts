/**
 * Client library for Andesite audio nodes.
 *
 * @packageDocumentation
 */

export { LoadType, Severity, TrackEndReason } from "@asterite/andesite-protocol";
export * from "./client/index.ts";
export { type Clock, systemClock } from "./clock.ts";
export * from "./discord/index.ts";
export {
  ClientClosedError,
  ConnectionError,
  InvalidTypeError,
  MalformedDataError,
  MissingUserIdError,
  OutOfRangeError,
  QueueFullError,
} from "./errors.ts";
export * from "./events/index.ts";
export * from "./http/index.ts";
export * from "./models/index.ts";
export * from "./operations/index.ts";
export * from "./pool/index.ts";
export * from "./state/index.ts";
export type { WaitOptions } from "./wait-options.ts";
export * from "./web-socket/index.ts";
