/** Samples that become one for the first, coarse search. */
const grain = 6;

/** The place found by {@link findSimilar}. */
export interface Match {
  /** Index of its first sample. */
  at: number;
  /** How alike the two are: 1 for the same but for the level, 0 for nothing in common. */
  likeness: number;
}

/** A sound of two channels, as parts of longer arrays. */
interface Sound {
  readonly left: Float32Array;
  readonly right: Float32Array;
}

let coarsePattern = new Float64Array(0);
let coarseSound = new Float64Array(0);
const found: Match = { at: 0, likeness: 0 };

/**
 * Finds where a sound is most like a pattern: where the normalised cross-correlation of both channels together
 * is largest, first in averages of six samples, then sample by sample around the best of those.
 *
 * @param length - Samples of the pattern, from the start of its arrays: a multiple of 12.
 * @param from - First index at which the match may begin.
 * @param to - Last such index; up to `length` samples behind it are looked at.
 * @returns An object that the next call uses again. Without any likeness it is the middle.
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
    // Differences of large numbers may leave something below nothing.
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
  found.at = around;
  found.likeness = 0;
  const last = Math.min(around + grain - 1, to);
  for (let at = Math.max(around - grain + 1, from); at <= last; at++) {
    const score = likeness(pattern, length, sound, at);
    if (score > found.likeness) {
      found.likeness = score;
      found.at = at;
    }
  }
  return found;
}

/** Averages of {@link grain} samples, left and right in turn. */
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

/** Correlation. Four sums do not have to wait for each other. */
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

/** Cosine between the two as vectors; 0 where they are rather opposite. */
function likeness(pattern: Sound, length: number, sound: Sound, offset: number): number {
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
