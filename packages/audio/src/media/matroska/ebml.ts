import type { ByteWindow } from "../byte-window.ts";

/** EBML element (RFC 8794) with the position of its content. */
export interface Element {
  readonly id: number;
  readonly at: number;
  readonly dataAt: number;
  /** Position after the content; infinite if a live stream does not declare it. */
  readonly end: number;
}

/** Maximum header length: four bytes of id, eight of length. */
const maxHeaderBytes = 12;

/** Reads a variable-length integer; returns undefined if it is truncated or too long. */
export function readVint(
  bytes: Uint8Array,
  at: number,
  maxLength: number,
):
  | { readonly value: number; readonly length: number; readonly raw: number; readonly unknown: boolean }
  | undefined {
  const first = bytes[at] ?? 0;
  const length = Math.clz32(first) - 23;
  if (length > maxLength || at + length > bytes.length) return undefined;
  let raw = first;
  let value = first & (0xff >> length);
  let unknown = value === 0xff >> length;
  for (let index = 1; index < length; index++) {
    const byte = bytes[at + index] ?? 0;
    raw = raw * 256 + byte;
    value = value * 256 + byte;
    unknown &&= byte === 0xff;
  }
  return { value, length, raw, unknown };
}

/** Reads the header of the element at a position; returns undefined at the end or if there is none. */
export async function readElement(window: ByteWindow, at: number): Promise<Element | undefined> {
  const bytes = window.peek(at, maxHeaderBytes) ?? (await window.at(at, maxHeaderBytes));
  const id = readVint(bytes, 0, 4);
  const size = id && readVint(bytes, id.length, 8);
  if (!id || !size) return undefined;
  const dataAt = at + id.length + size.length;
  return { id: id.raw, at, dataAt, end: size.unknown ? Number.POSITIVE_INFINITY : dataAt + size.value };
}

/** Child element in memory. */
export interface Child {
  readonly id: number;
  readonly data: Buffer;
}

/** Iterates over the complete child elements. */
export function* children(data: Uint8Array): Generator<Child> {
  for (let at = 0; at < data.length; ) {
    const id = readVint(data, at, 4);
    const size = id && readVint(data, at + id.length, 8);
    if (!id || !size) return;
    const dataAt = at + id.length + size.length;
    at = dataAt + size.value;
    if (at > data.length) return;
    yield { id: id.raw, data: Buffer.from(data.buffer, data.byteOffset + dataAt, size.value) };
  }
}

/** Reads an unsigned integer. */
export const readUint = (data: Uint8Array): number => data.reduce((sum, byte) => sum * 256 + byte, 0);

/** Reads a signed integer of up to six bytes. */
export const readInt = (data: Buffer): number =>
  data.length > 0 && data.length <= 6 ? data.readIntBE(0, data.length) : 0;

/** Reads a floating-point number. */
export const readFloat = (data: Buffer): number =>
  data.length === 4 ? data.readFloatBE() : data.length === 8 ? data.readDoubleBE() : 0;
