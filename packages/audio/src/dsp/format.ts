/** Internal sample rate in Hz, per channel. Opus and Discord use the same rate. */
export const sampleRate = 48_000;

/** Samples per channel in a block of 20 ms, the length of one output frame. */
export const blockLength = 960;

/** Samples over which a changed setting is ramped: 20 ms, slow enough to avoid clicks. */
export const rampLength = 960;
