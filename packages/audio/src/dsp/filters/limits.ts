/** Limit of settings that the protocol does not limit, so that no product of them overflows to infinity. */
const maxSetting = 1e6;

/** Clamps a setting to ±{@link maxSetting}. */
export const limitSetting = (setting: number): number => Math.min(Math.max(setting, -maxSetting), maxSetting);

/** Level to which samples may rise between filters when a limiter follows: 24 dB above full scale. */
export const headroom = 16;

/** Clamps a sample to a level. Default: full scale. */
export const clamp = (sample: number, level = 1): number => Math.max(-level, Math.min(sample, level));

/**
 * Threshold below which filter state is flushed to 0. Decaying state otherwise becomes denormal, which is a
 * hundred times slower to process.
 */
const minState = 1e-20;

/** Returns the state of a recursion, or 0 once it has decayed. */
export const flushDenormal = (value: number): number => (value > minState || value < -minState ? value : 0);

/** Samples above this level, and NaN, are damage. */
const maxSample = 16;

/**
 * Returns the sample, or 0 if it is damaged. In a filter with feedback, damage would never decay.
 *
 * @param level - Samples from this level on are damage. Default: 16.
 */
export const replaceDamaged = (sample: number, level = maxSample): number =>
  sample > -level && sample < level ? sample : 0;
