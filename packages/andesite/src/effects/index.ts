/**
 * Effects: filters of Asterite's audio nodes that Andesite does not have. They are put into a `FilterMap` like the filters of
 * the main entry; an entry of their own keeps that one small.
 *
 * @packageDocumentation
 */

export type { EffectName, EffectSettings } from "@asterite/andesite-protocol";
export { Effect, type EffectOptions } from "./effect.ts";
export { Chorus, Compressor, Echo, HighPass, Limiter, Phaser, Reverb } from "./effects.ts";
