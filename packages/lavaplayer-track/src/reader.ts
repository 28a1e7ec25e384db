import { toBinary, toBytes } from "./binary.ts";
import { TrackFormatError } from "./errors.ts";
import { decodeModifiedUtf8 } from "./modified-utf8.ts";

/**
 * Reads the fields of a message in order. All methods throw a {@link TrackFormatError} with code `TRUNCATED`,
 * naming the field, when the data ends too early.
 */
export class Reader {
  readonly #binary: string;
  readonly #end: number;
  #at: number;

  /** @param data - Bytes, or a binary string with one character per byte, as returned by `atob`. */
  constructor(data: Uint8Array | string, start = 0, end = data.length) {
    this.#binary = typeof data === "string" ? data : toBinary(data);
    this.#at = start;
    this.#end = end;
  }

  /** Number of unread bytes. */
  get remaining(): number {
    return this.#end - this.#at;
  }

  /** Reads an unsigned byte. */
  readByte(field = "byte"): number {
    return this.#binary.charCodeAt(this.#advance(1, field));
  }

  /** Reads a boolean: a byte other than 0 is true. */
  readBoolean(field = "boolean"): boolean {
    return this.readByte(field) !== 0;
  }

  /** Reads an unsigned 16-bit integer. */
  readShort(field = "short"): number {
    const at = this.#advance(2, field);
    return (this.#binary.charCodeAt(at) << 8) | this.#binary.charCodeAt(at + 1);
  }

  /** Reads an unsigned 32-bit integer. */
  readInt(field = "int"): number {
    return ((this.readShort(field) << 16) | this.readShort(field)) >>> 0;
  }

  /** Reads a signed 64-bit integer. */
  readLong(field = "long"): bigint {
    const at = this.#advance(8, field);
    const high = this.#word(at);
    const low = this.#word(at + 4) >>> 0;
    // Most lengths and positions fit a double, and one conversion is much faster than bigint arithmetic.
    if (high >= -0x20_0000 && high < 0x20_0000) return BigInt(high * 0x1_0000_0000 + low);
    return (BigInt(high) << 32n) | BigInt(low);
  }

  /** Reads a string with a 16-bit length. Also throws `MALFORMED_STRING`. */
  readText(field = "text"): string {
    const length = this.readShort(field);
    const at = this.#advance(length, field);
    return decodeModifiedUtf8(this.#binary, at, at + length, field);
  }

  /** Reads a boolean, and a string if it is true; null otherwise. */
  readOptionalText(field = "text"): string | null {
    return this.readBoolean(field) ? this.readText(field) : null;
  }

  /** Reads bytes as a copy. */
  readBytes(length: number, field = "bytes"): Uint8Array {
    const at = this.#advance(length, field);
    return toBytes(this.#binary.slice(at, at + length));
  }

  #word(at: number): number {
    const binary = this.#binary;
    return (
      (binary.charCodeAt(at) << 24) |
      (binary.charCodeAt(at + 1) << 16) |
      (binary.charCodeAt(at + 2) << 8) |
      binary.charCodeAt(at + 3)
    );
  }

  #advance(length: number, field: string): number {
    const at = this.#at;
    if (length < 0 || at + length > this.#end) {
      throw new TrackFormatError(
        "TRUNCATED",
        field,
        `needs ${length} bytes, but ${Math.max(0, this.remaining)} follow`,
      );
    }
    this.#at = at + length;
    return at;
  }
}
