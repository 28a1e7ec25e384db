/** Samples a second inside the node, in each of two channels: what Opus and Discord work with. */
export const sampleRate = 48_000;

/** Samples a channel in a block of 20 ms, which is what one frame of the output holds. */
export const blockLength = 960;

/** Samples that a changed setting takes to get where it is meant to be: 20 ms, too slow for a click. */
export const rampLength = 960;
