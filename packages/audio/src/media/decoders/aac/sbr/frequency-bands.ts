import { DamagedPacketError } from "../../../bit-reader.ts";
import type { SbrHeader } from "./sbr-header.ts";

/** Bands of the filter bank at the doubled sample rate. */
export const filterBands = 64;
/** Most bands of the filter bank that are replicated. */
export const maxReplicated = 48;
/** Most bands of noise. */
export const maxNoiseBands = 5;
const maxPatches = 5;

/** Neighbouring bands that are copied upwards. */
interface Patch {
  /** First band that is copied. */
  readonly source: number;
  /** First band of the copy. */
  readonly target: number;
  readonly count: number;
}

/**
 * Division of the spectrum (ISO/IEC 14496-3, 4.6.18.3.2 and 4.6.18.6.3). Each table holds borders in bands of the
 * filter bank; the last border ends the last band.
 */
export interface SbrBands {
  /** First replicated band of the filter bank. */
  readonly first: number;
  /** Replicated bands of the filter bank. */
  readonly count: number;
  /** Envelope bands of high resolution. */
  readonly high: readonly number[];
  /** Envelope bands of low resolution. */
  readonly low: readonly number[];
  readonly noise: readonly number[];
  readonly patches: readonly Patch[];
  /** Borders that patches may have. */
  readonly master: readonly number[];
}

const round = (value: number): number => Math.floor(value + 0.5);

/** Offsets of the lowest band by the index of the header, for sample rates up to the given one in Hz. */
const startOffsets: readonly (readonly [maxRate: number, offsets: readonly number[]])[] = [
  [16_000, [-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7]],
  [22_050, [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13]],
  [24_000, [-5, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 16]],
  [32_000, [-6, -4, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 16]],
  [64_000, [-4, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 16, 20]],
  [Number.POSITIVE_INFINITY, [-2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 16, 20, 24]],
];

/** Returns the widths of bands whose borders grow by the same factor. */
function geometricWidths(from: number, to: number, count: number): number[] {
  const border = (index: number): number => round(from * (to / from) ** (index / count));
  return Array.from({ length: count }, (_, index) => border(index + 1) - border(index));
}

const ascending = (one: number, other: number): number => one - other;

/** Returns the border before each width and after the last. */
function bordersOf(from: number, widths: readonly number[]): number[] {
  const borders = [from];
  for (const width of widths) {
    if (width < 1) throw new DamagedPacketError("a band without width");
    borders.push((borders.at(-1) ?? 0) + width);
  }
  return borders;
}

/** Returns the first and the last border of the master table. */
function limitsOf({ start, stop }: SbrHeader, rate: number): readonly [first: number, last: number] {
  const inBands = (hertz: number): number => round((hertz * 128) / rate);
  const kilohertz = rate < 32_000 ? 3 : rate < 64_000 ? 4 : 5;
  const offsets = startOffsets.find(([maxRate]) => rate <= maxRate)?.[1];
  const first = inBands(1_000 * kilohertz) + (offsets?.[start] ?? 0);
  if (stop >= 14) return [first, Math.min(filterBands, (stop - 12) * first)];
  const least = inBands(2_000 * kilohertz);
  const widths = geometricWidths(least, filterBands, 13).sort(ascending).slice(0, stop);
  return [first, Math.min(filterBands, bordersOf(least, widths).at(-1) ?? 0)];
}

/** Returns the borders of bands of one or two bands of the filter bank, the first or last of which give way. */
function linearTable(first: number, last: number, isAltered: boolean): number[] {
  const width = isAltered ? 2 : 1;
  const count = 2 * (isAltered ? round((last - first) / 4) : Math.floor((last - first) / 2));
  const widths = new Array<number>(count).fill(width);
  let missing = last - first - count * width;
  for (let index = missing < 0 ? 0 : count - 1; missing !== 0 && index in widths; ) {
    const step = Math.sign(missing);
    widths[index] = width + step;
    missing -= step;
    index -= step;
  }
  return bordersOf(first, widths);
}

/** Returns the borders of bands that have a part of an octave; above an octave they may be wider. */
function octaveTable(first: number, last: number, scale: number, isAltered: boolean): number[] {
  const inOctave = 14 - 2 * scale;
  const countOf = (from: number, to: number, warp: number): number =>
    2 * round((inOctave * Math.log2(to / from)) / (2 * warp));
  const hasTwo = last / first > 2.2449;
  const middle = hasTwo ? 2 * first : last;
  const lower = geometricWidths(first, middle, countOf(first, middle, 1)).sort(ascending);
  if (!hasTwo) return bordersOf(first, lower);
  const upper = geometricWidths(middle, last, countOf(middle, last, isAltered ? 1.3 : 1)).sort(ascending);
  const widest = lower.at(-1) ?? 0;
  const [narrow = 0, wide = 0] = [upper[0], upper.at(-1)];
  if (narrow < widest && upper.length > 1) {
    const change = Math.min(widest - narrow, Math.floor((wide - narrow) / 2));
    upper[0] = narrow + change;
    upper[upper.length - 1] = wide - change;
    upper.sort(ascending);
  }
  return [...bordersOf(first, lower), ...bordersOf(middle, upper).slice(1)];
}

/** Returns which bands are copied where: from as high as possible, without the lowest band of the master table. */
function patchesOf(master: readonly number[], first: number, last: number, rate: number): Patch[] {
  const [lowest = 0] = master;
  const goal = round(2.048e6 / rate);
  const end = master.length - 1;
  const above = master.findIndex((border) => border >= goal);
  let index = goal < last && above >= 0 ? above : end;
  const patches: Patch[] = [];
  let [sourceEnd, target] = [lowest, first];
  // Each round adds a patch or moves on to the last border, so that two rounds without a patch end the search.
  for (let rounds = 0; target !== last; rounds++) {
    if (rounds > 2 * maxPatches) throw new DamagedPacketError("bands that no patch fills");
    let at = index;
    const isOdd = (): number => ((master[at] ?? 0) - 2 + lowest) & 1;
    while (at > 0 && (master[at] ?? 0) > lowest - 1 + sourceEnd - isOdd()) at--;
    const border = master[at] ?? 0;
    const count = Math.max(0, border - target);
    const source = lowest - isOdd() - count;
    if (count > 0) {
      if (source < 0) throw new DamagedPacketError("a patch from below zero");
      patches.push({ source, target, count });
      target = border;
      sourceEnd = border;
    } else sourceEnd = first;
    if ((master[index] ?? 0) - border < 3) index = end;
  }
  if (patches.length > 1 && (patches.at(-1)?.count ?? 0) < 3) patches.pop();
  if (patches.length > maxPatches) throw new DamagedPacketError(`${patches.length} patches`);
  return patches;
}

function noiseTable(low: readonly number[], inOctave: number): number[] {
  const bands = low.length - 1;
  const [first = 0, last = 0] = [low[0], low.at(-1)];
  const count = Math.max(1, round(inOctave * Math.log2(last / first)));
  if (count > maxNoiseBands) throw new DamagedPacketError(`${count} bands of noise`);
  const borders = [first];
  for (let band = 1, at = 0; band <= count; band++) {
    at += Math.floor((bands - at) / (count + 1 - band));
    borders.push(low[at] ?? 0);
  }
  return borders;
}

/**
 * Divides the spectrum.
 *
 * @param rate - Sample rate in Hz after replication.
 * @throws DamagedPacketError if the header asks for bands that do not exist.
 */
export function divideSpectrum(header: SbrHeader, rate: number): SbrBands {
  const [lowest, last] = limitsOf(header, rate);
  const most = rate <= 32_000 ? maxReplicated : rate <= 44_100 ? 35 : 32;
  if (lowest < 1 || last <= lowest || last - lowest > most)
    throw new DamagedPacketError(`bands ${lowest} to ${last} at ${rate} Hz`);
  const master =
    header.scale === 0
      ? linearTable(lowest, last, header.isAltered)
      : octaveTable(lowest, last, header.scale, header.isAltered);
  const high = master.slice(header.crossover);
  const [first = 0] = high;
  if (high.length < 2 || first > filterBands / 2 || master.at(-1) !== last)
    throw new DamagedPacketError("no band above the crossover");
  const isOdd = high.length % 2 === 0;
  const low = high.filter((_, index) => index === 0 || index % 2 === (isOdd ? 1 : 0));
  return {
    first,
    count: last - first,
    high,
    low,
    noise: noiseTable(low, header.noiseBands),
    patches: patchesOf(master, first, last, rate),
    master,
  };
}

/** Bands of the limiter in an octave by their index in the header. */
const limiterDensities = [0, 1.2, 2, 3];

/** Returns the borders of the bands in which gains are limited (ISO/IEC 14496-3, 4.6.18.3.2.3). */
export function limiterTable({ low, patches, first, count }: SbrBands, density: number): number[] {
  const last = first + count;
  if (density === 0) return [first, last];
  const inOctave = limiterDensities[density] ?? 0;
  const targets = new Set(patches.map(({ target }) => target));
  const lastPatch = patches.at(-1);
  if (lastPatch) targets.add(lastPatch.target + lastPatch.count);
  const inner = patches.slice(1).map(({ target }) => target);
  const borders = [...low, ...inner].sort(ascending);
  for (let index = 1; index < borders.length; ) {
    const [below = 0, here = 0] = [borders[index - 1], borders[index]];
    if (Math.log2(here / below) * inOctave >= 0.49) index++;
    else if (here === below || !targets.has(here)) borders.splice(index, 1);
    else if (!targets.has(below)) borders.splice(index - 1, 1);
    else index++;
  }
  return borders;
}
