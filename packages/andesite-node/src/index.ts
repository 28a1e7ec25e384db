/**
 * An Andesite audio node.
 *
 * @packageDocumentation
 */

export { type AudioCheck, checkAudio } from "./check-audio.ts";
export * from "./configuration.ts";
export { createNode } from "./create-node.ts";
export { TrackError } from "./errors.ts";
export { silentLogger } from "./logger.ts";
export type { OpusBuild } from "./media/opus-library.ts";
export type { AndesiteNode } from "./node.ts";
export { type DiscordChecks, discordChecks } from "./voice/check-discord.ts";
