/**
 * Generates a sine that begins at phase 0.
 *
 * @param frequency - Hz.
 * @param amplitude - Its peak. Default: 0.5.
 * @param sampleRate - Hz. Default: 48,000.
 */
export function tone(frequency: number, seconds: number, amplitude = 0.5, sampleRate = 48_000): Float32Array {
  const step = (2 * Math.PI * frequency) / sampleRate;
  return Float32Array.from(
    { length: Math.round(seconds * sampleRate) },
    (_, at) => amplitude * Math.sin(step * at),
  );
}

/** Generates noise between −amplitude and amplitude, the same for the same seed. */
export function noise(length: number, amplitude = 0.5, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    // Linear congruential generator of Numerical Recipes: repeatable, and random enough for audio.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return amplitude * (state / 2 ** 31 - 1);
  });
}

/** Returns the root mean square; 0.7071 for a sine of amplitude 1. */
export function rms(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}

/** Returns the largest absolute sample. */
export const peak = (samples: Float32Array): number =>
  samples.reduce((largest, sample) => Math.max(largest, Math.abs(sample)), 0);

/**
 * Returns the amplitude of one frequency; for a sine, that of the sine. A Hann window suppresses frequencies
 * that are more than a few cycles over the length away.
 *
 * @param frequency - Hz.
 * @param sampleRate - Hz. Default: 48,000.
 */
export function magnitudeAt(samples: Float32Array, frequency: number, sampleRate = 48_000): number {
  const step = (2 * Math.PI * frequency) / sampleRate;
  const windowStep = (2 * Math.PI) / samples.length;
  let real = 0;
  let imaginary = 0;
  let weight = 0;
  for (const [at, sample] of samples.entries()) {
    const window = 0.5 - 0.5 * Math.cos(windowStep * (at + 0.5));
    real += window * sample * Math.cos(step * at);
    imaginary += window * sample * Math.sin(step * at);
    weight += window;
  }
  return (2 * Math.hypot(real, imaginary)) / weight;
}

/**
 * Returns the frequency of a signal that is mostly one tone, measured from the first rising zero crossing to
 * the last.
 *
 * @param sampleRate - Hz. Default: 48,000.
 * @returns Hz; 0 without two such crossings.
 */
export function dominantFrequency(samples: Float32Array, sampleRate = 48_000): number {
  const crossings: number[] = [];
  let last = samples[0] ?? 0;
  for (const [at, sample] of samples.entries()) {
    if (last < 0 && sample >= 0) crossings.push(at - sample / (sample - last));
    last = sample;
  }
  const first = crossings[0] ?? 0;
  const final = crossings.at(-1) ?? 0;
  return final > first ? ((crossings.length - 1) * sampleRate) / (final - first) : 0;
}

/** Converts a ratio of amplitudes to dB. */
export const decibels = (ratio: number): number => 20 * Math.log10(ratio);

/**
 * Returns the largest second difference of a signal, which is amplitude·(2π·frequency/rate)² for a sine and
 * far larger at a click.
 */
export function sharpestCorner(samples: Float32Array): number {
  let largest = 0;
  for (let at = 2; at < samples.length; at++) {
    const corner = (samples[at] ?? 0) - 2 * (samples[at - 1] ?? 0) + (samples[at - 2] ?? 0);
    largest = Math.max(largest, Math.abs(corner));
  }
  return largest;
}
