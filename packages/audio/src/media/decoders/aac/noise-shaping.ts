import { type BitReader, DamagedPacketError } from "../../bit-reader.ts";
import { shortLines, type WindowInfo } from "./window-info.ts";

const maxLongOrder = 12;
const maxShortOrder = 7;
/** Most filters of a window. */
const maxFilters = 3;

/** Filter over some bands of a window. */
interface ShapingFilter {
  /** Bands that the filter spans, downwards from the one before it. */
  bands: number;
  order: number;
  isDownwards: boolean;
  /** Coefficients of the recursive filter, from the first delay on. */
  readonly coefficients: Float64Array;
}

/** Temporal noise shaping: recursive filters along the spectrum (ISO/IEC 14496-3, 4.6.9). */
export class NoiseShaping {
  isActive = false;
  readonly #counts = new Uint8Array(8);
  readonly #filters: readonly (readonly ShapingFilter[])[] = Array.from({ length: 8 }, () =>
    Array.from({ length: maxFilters }, () => ({
      bands: 0,
      order: 0,
      isDownwards: false,
      coefficients: new Float64Array(maxLongOrder),
    })),
  );

  /**
   * Reads the filters of a frame.
   *
   * @throws DamagedPacketError if an order exceeds that of low complexity.
   */
  read(reader: BitReader, info: WindowInfo): void {
    const { isShort } = info;
    for (let window = 0; window < (isShort ? 8 : 1); window++) {
      const count = reader.read(isShort ? 1 : 2);
      this.#counts[window] = count;
      const resolution = count > 0 ? reader.read(1) + 3 : 0;
      for (const filter of this.#filters[window]?.slice(0, count) ?? []) {
        filter.bands = reader.read(isShort ? 4 : 6);
        filter.order = reader.read(isShort ? 3 : 5);
        if (filter.order > (isShort ? maxShortOrder : maxLongOrder))
          throw new DamagedPacketError(`noise shaping of order ${filter.order}`);
        if (filter.order > 0) readCoefficients(reader, filter, resolution);
      }
    }
  }

  /** Filters the spectrum in place. */
  apply(spectrum: Float64Array, info: WindowInfo): void {
    const { offsets, isShort, maxShapedBand } = info;
    const lineOf = (band: number): number => offsets[Math.min(band, maxShapedBand)] ?? 0;
    for (let window = 0; window < (isShort ? 8 : 1); window++) {
      let bottom = offsets.length - 1;
      for (const filter of this.#filters[window]?.slice(0, this.#counts[window]) ?? []) {
        const top = bottom;
        bottom = Math.max(0, top - filter.bands);
        const [from, to] = [lineOf(bottom) + window * shortLines, lineOf(top) + window * shortLines];
        if (filter.order > 0 && to > from) filterLines(spectrum, from, to, filter);
      }
    }
  }
}

function readCoefficients(reader: BitReader, filter: ShapingFilter, resolution: number): void {
  filter.isDownwards = reader.read(1) === 1;
  const bits = resolution - reader.read(1);
  const half = 1 << (resolution - 1);
  const { coefficients } = filter;
  for (let order = 0; order < filter.order; order++) {
    const value = reader.readSigned(bits);
    const reflection = Math.sin((value * Math.PI) / 2 / (value >= 0 ? half - 0.5 : half + 0.5));
    // One step of the recursion of Levinson and Durbin.
    for (let low = 0, high = order - 1; low <= high; low++, high--) {
      const [one, two] = [coefficients[low] ?? 0, coefficients[high] ?? 0];
      coefficients[low] = one + reflection * two;
      coefficients[high] = two + reflection * one;
    }
    coefficients[order] = reflection;
  }
}

function filterLines(spectrum: Float64Array, from: number, to: number, filter: ShapingFilter): void {
  const { coefficients, order, isDownwards } = filter;
  const step = isDownwards ? -1 : 1;
  const start = isDownwards ? to - 1 : from;
  for (let index = 0, at = start; index < to - from; index++, at += step) {
    let sum = spectrum[at] ?? 0;
    for (let back = 1; back <= order && back <= index; back++)
      sum -= (coefficients[back - 1] ?? 0) * (spectrum[at - back * step] ?? 0);
    spectrum[at] = sum;
  }
}
