/** Limit of settings that the protocol does not limit, so that no product of them overflows to infinity. */
const maxSetting = 1e6;

/** Clamps a setting to ±{@link maxSetting}. */
export const limitSetting = (setting: number): number => Math.min(Math.max(setting, -maxSetting), maxSetting);

/** Clamps a sample to full scale. */
export const clamp = (sample: number): number => Math.max(-1, Math.min(sample, 1));

/**
 * Threshold below which filter state is flushed to 0. Decaying state otherwise becomes denormal, which is a
 * hundred times slower to process.
 */
const minState = 1e-20;

/** Returns the state of a recursion, or 0 once it has decayed. */
export const flushDenormal = (value: number): number => (value > minState || value < -minState ? value : 0);

/** Samples above this level, and NaN, are damage. */
const maxSample = 16;

/** Returns the sample, or 0 if it is damaged. In a filter with feedback, damage would never decay. */
export const replaceDamaged = (sample: number): number =>
  sample > -maxSample && sample < maxSample ? sample : 0;
