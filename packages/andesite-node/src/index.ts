/**
 * An Andesite audio node.
 *
 * @packageDocumentation
 */

export { NodeError, type NodeErrorCode, TrackError } from "./errors.ts";
export { type Logger, silentLogger } from "./logger.ts";
