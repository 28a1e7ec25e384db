/** Samples averaged into one point for the coarse search. */
const grain = 6;

/** Result of {@link findSimilar}. */
export interface Match {
  /** Index of the first sample of the match. */
  at: number;
  /** Normalised correlation: 1 for identical up to level, 0 for none. */
  similarity: number;
}

/** Stereo samples as parts of longer arrays. */
interface Sound {
  readonly left: Float32Array;
  readonly right: Float32Array;
}

let coarsePattern = new Float64Array(0);
let coarseSound = new Float64Array(0);
const match: Match = { at: 0, similarity: 0 };

/**
 * Finds the position with the largest normalised cross-correlation of both channels with a pattern: first on
 * averages of six samples, then sample by sample around the best one.
 *
 * @param length - Samples of the pattern, from the start of its arrays: a multiple of 12.
 * @param from - First index at which the match may start.
 * @param to - Last such index; up to `length` samples after it are read.
 * @returns An object that the next call reuses. Without any correlation it is the middle of the range.
 */
export function findSimilar(pattern: Sound, length: number, sound: Sound, from: number, to: number): Match {
  const points = Math.floor(length / grain);
  const places = Math.floor((to - from) / grain) + 1;
  if (coarsePattern.length < 2 * points) coarsePattern = new Float64Array(2 * points);
  if (coarseSound.length < 2 * (points + places)) coarseSound = new Float64Array(2 * (points + places));
  average(pattern, 0, points, coarsePattern);
  average(sound, from, points + places - 1, coarseSound);
  let best = places >> 1;
  let bestScore = 0;
  let energy = 1e-12;
  for (let at = 0; at < 2 * points; at++) energy += (coarseSound[at] as number) ** 2;
  for (let place = 0; place < places; place++) {
    const score = correlate(coarsePattern, coarseSound, 2 * place, 2 * points) / Math.sqrt(energy);
    if (score > bestScore) {
      bestScore = score;
      best = place;
    }
    energy += pairEnergy(coarseSound, place + points) - pairEnergy(coarseSound, place);
    // Rounding errors can make the difference negative.
    energy = Math.max(energy, 1e-12);
  }
  return refine(pattern, length, sound, from + best * grain, from, to);
}

function refine(
  pattern: Sound,
  length: number,
  sound: Sound,
  around: number,
  from: number,
  to: number,
): Match {
  match.at = around;
  match.similarity = 0;
  const last = Math.min(around + grain - 1, to);
  for (let at = Math.max(around - grain + 1, from); at <= last; at++) {
    const score = cosineSimilarity(pattern, length, sound, at);
    if (score > match.similarity) {
      match.similarity = score;
      match.at = at;
    }
  }
  return match;
}

/** Averages groups of {@link grain} samples, interleaved. */
function average({ left, right }: Sound, from: number, points: number, output: Float64Array): void {
  for (let point = 0, at = from; point < points; point++) {
    let l = 0;
    let r = 0;
    for (const end = at + grain; at < end; at++) {
      l += left[at] as number;
      r += right[at] as number;
    }
    output[2 * point] = l;
    output[2 * point + 1] = r;
  }
}

const pairEnergy = (samples: Float64Array, pair: number): number =>
  (samples[2 * pair] as number) ** 2 + (samples[2 * pair + 1] as number) ** 2;

/** Returns the correlation. Four independent sums avoid a dependency chain. */
function correlate(pattern: Float64Array, sound: Float64Array, offset: number, length: number): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  for (let at = 0; at < length; at += 4) {
    sum0 += (pattern[at] as number) * (sound[offset + at] as number);
    sum1 += (pattern[at + 1] as number) * (sound[offset + at + 1] as number);
    sum2 += (pattern[at + 2] as number) * (sound[offset + at + 2] as number);
    sum3 += (pattern[at + 3] as number) * (sound[offset + at + 3] as number);
  }
  return sum0 + sum1 + sum2 + sum3;
}

/** Returns the cosine similarity; 0 if it is negative. */
function cosineSimilarity(pattern: Sound, length: number, sound: Sound, offset: number): number {
  let leftProduct = 0;
  let rightProduct = 0;
  let leftEnergy = 1e-12;
  let rightEnergy = 1e-12;
  let leftPatternEnergy = 1e-12;
  let rightPatternEnergy = 1e-12;
  for (let at = 0; at < length; at++) {
    const l = sound.left[offset + at] as number;
    const r = sound.right[offset + at] as number;
    const patternLeft = pattern.left[at] as number;
    const patternRight = pattern.right[at] as number;
    leftProduct += patternLeft * l;
    rightProduct += patternRight * r;
    leftEnergy += l * l;
    rightEnergy += r * r;
    leftPatternEnergy += patternLeft * patternLeft;
    rightPatternEnergy += patternRight * patternRight;
  }
  const product = leftProduct + rightProduct;
  const energies = (leftEnergy + rightEnergy) * (leftPatternEnergy + rightPatternEnergy);
  return product > 0 ? product / Math.sqrt(energies) : 0;
}
