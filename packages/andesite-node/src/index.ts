/**
 * An Andesite audio node.
 *
 * @packageDocumentation
 */

export type { OpusBuild } from "@asterite/audio/media";
export { TrackError } from "@asterite/audio/media";
export { silentLogger } from "@asterite/util";
export type { AndesiteNode } from "./andesite-node.ts";
export { type AudioCheck, checkAudio } from "./check-audio.ts";
export { checkMusic, type MusicCheck } from "./check-music.ts";
export * from "./configuration.ts";
export { createNode } from "./create-node.ts";
export { type DiscordChecks, discordChecks } from "./voice/check-discord.ts";
