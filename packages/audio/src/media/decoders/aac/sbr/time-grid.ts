import { type BitReader, DamagedPacketError } from "../../../bit-reader.ts";

/** Steps of the grid in a frame; two slots of the filter bank each. */
export const frameSteps = 16;
/** Slots of the filter bank in a step. */
export const stepSlots = 2;
/** Most envelopes of a frame. */
export const maxEnvelopes = 5;

const classes = { fixed: 0, variableEnd: 1, variableStart: 2 } as const;

/** Division of a frame in time (ISO/IEC 14496-3, 4.6.18.3.3). */
export interface TimeGrid {
  /** Border before each envelope and after the last, in steps from the start of the frame. */
  readonly borders: readonly number[];
  /** Border before each envelope of noise and after the last. */
  readonly noiseBorders: readonly number[];
  /** Whether each envelope has the high resolution of frequencies. */
  readonly isHigh: readonly boolean[];
  /** Envelope that begins with a transient; -1 without one. */
  readonly transient: number;
  /** Whether the frame is a single envelope of fixed length, which is always coded in steps of 1.5 dB. */
  readonly isSingle: boolean;
}

/** Returns the border of noise between the first and the last; undefined where the frame has one envelope. */
function middleOf(frameClass: number, pointer: number, count: number): number {
  if (frameClass === classes.fixed) return count / 2;
  if (frameClass === classes.variableStart)
    return pointer === 0 ? 1 : pointer === 1 ? count - 1 : pointer - 1;
  return pointer > 1 ? count + 1 - pointer : count - 1;
}

function transientOf(frameClass: number, pointer: number, count: number): number {
  if (frameClass === classes.fixed) return -1;
  if (frameClass === classes.variableStart) return pointer > 1 ? pointer - 1 : -1;
  return pointer > 0 ? count + 1 - pointer : -1;
}

/**
 * Reads the grid (`sbr_grid`).
 *
 * @throws DamagedPacketError if its borders are not in order.
 */
export function readTimeGrid(reader: BitReader): TimeGrid {
  const frameClass = reader.read(2);
  const readBits = (count: number): boolean[] => Array.from({ length: count }, () => reader.read(1) === 1);
  if (frameClass === classes.fixed) {
    const count = 1 << reader.read(2);
    if (count > 4) throw new DamagedPacketError(`${count} envelopes of equal length`);
    const isHigh = new Array<boolean>(count).fill(reader.read(1) === 1);
    const borders = Array.from({ length: count + 1 }, (_, index) => (frameSteps / count) * index);
    return finish(frameClass, 0, borders, isHigh);
  }
  const hasLead = frameClass !== classes.variableEnd;
  const hasTrail = frameClass !== classes.variableStart;
  const start = hasLead ? reader.read(2) : 0;
  const end = frameSteps + (hasTrail ? reader.read(2) : 0);
  const leads = hasLead ? reader.read(2) : 0;
  const trails = hasTrail ? reader.read(2) : 0;
  const count = leads + trails + 1;
  if (count > maxEnvelopes) throw new DamagedPacketError(`${count} envelopes`);
  const borders = new Array<number>(count + 1).fill(0);
  borders[0] = start;
  borders[count] = end;
  for (let index = 1; index <= leads; index++)
    borders[index] = (borders[index - 1] ?? 0) + 2 * reader.read(2) + 2;
  for (let index = 1; index <= trails; index++)
    borders[count - index] = (borders[count - index + 1] ?? 0) - 2 * reader.read(2) - 2;
  const pointer = reader.read(Math.ceil(Math.log2(count + 1)));
  const isHigh = readBits(count);
  return finish(frameClass, pointer, borders, hasLead ? isHigh : isHigh.reverse());
}

function finish(
  frameClass: number,
  pointer: number,
  borders: readonly number[],
  isHigh: readonly boolean[],
): TimeGrid {
  const count = isHigh.length;
  const isOrdered = (list: readonly number[]): boolean =>
    list.every((border, index) => index === 0 || border > (list[index - 1] ?? 0));
  const transient = transientOf(frameClass, pointer, count);
  const middle = count > 1 ? [borders[middleOf(frameClass, pointer, count)] ?? 0] : [];
  const noiseBorders = [borders[0] ?? 0, ...middle, borders[count] ?? 0];
  if (!isOrdered(borders) || !isOrdered(noiseBorders) || transient > count)
    throw new DamagedPacketError("borders of envelopes out of order");
  return {
    borders,
    noiseBorders,
    isHigh,
    transient,
    isSingle: frameClass === classes.fixed && count === 1,
  };
}
