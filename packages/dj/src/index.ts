/**
 * Music bot for Aster chat.
 *
 * @packageDocumentation
 */

export { type Logger, silentLogger } from "@asterite/util";
export * from "./configuration.ts";
export { type Dj, startDj } from "./start-dj.ts";
