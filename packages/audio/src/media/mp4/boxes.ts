import type { ByteWindow } from "../byte-window.ts";

/** Box in a file (ISO/IEC 14496-12). */
export interface FileBox {
  readonly type: string;
  readonly at: number;
  readonly dataAt: number;
  /** Position after the box; infinite if it extends to the end of a live source. */
  readonly end: number;
}

/** Reads the header of the box at a position; returns undefined at the end or if there is none. */
export async function readFileBox(window: ByteWindow, at: number): Promise<FileBox | undefined> {
  const header = Buffer.from(await window.at(at, 16));
  if (header.length < 8) return undefined;
  const short = header.readUInt32BE(0);
  const long = short === 1;
  if (long && header.length < 16) return undefined;
  const headerBytes = long ? 16 : 8;
  const declaredBytes = long ? Number(header.readBigUInt64BE(8)) : short;
  const bytes = declaredBytes === 0 ? (window.size ?? Number.POSITIVE_INFINITY) - at : declaredBytes;
  if (bytes < headerBytes) return undefined;
  return { type: header.toString("latin1", 4, 8), at, dataAt: at + headerBytes, end: at + bytes };
}

/** Box in memory. */
export interface Box {
  readonly type: string;
  readonly data: Buffer;
}

/** Iterates over the complete child boxes. */
export function* boxes(data: Buffer, from = 0): Generator<Box> {
  for (let at = from; at + 8 <= data.length; ) {
    const bytes = data.readUInt32BE(at);
    if (bytes < 8 || at + bytes > data.length) return;
    yield { type: data.toString("latin1", at + 4, at + 8), data: data.subarray(at + 8, at + bytes) };
    at += bytes;
  }
}

/** Returns the content of the first box at a path of box types. */
export function findBox(data: Buffer, ...path: readonly string[]): Buffer | undefined {
  const [first, ...rest] = path;
  for (const box of boxes(data))
    if (box.type === first) return rest.length > 0 ? findBox(box.data, ...rest) : box.data;
  return undefined;
}

/** Reads an unsigned integer of four or eight bytes; returns 0 past the end. */
export function readNumber(data: Buffer, at: number, long = false): number {
  if (at < 0 || at + (long ? 8 : 4) > data.length) return 0;
  return long ? Number(data.readBigUInt64BE(at)) : data.readUInt32BE(at);
}
