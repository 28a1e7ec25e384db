/**
 * A music bot for Aster chat.
 *
 * @packageDocumentation
 */

export * from "./configuration.ts";
export { type Logger, silentLogger } from "./logger.ts";
export { type Dj, startDj } from "./start-dj.ts";
