import { toBinary } from "./binary.ts";
import { TrackFormatError } from "./errors.ts";
import { encodeModifiedUtf8 } from "./modified-utf8.ts";

const maxLong = 2n ** 63n - 1n;
const minLong = -(2n ** 63n);
const maxSafe = BigInt(Number.MAX_SAFE_INTEGER);
const minSafe = BigInt(Number.MIN_SAFE_INTEGER);

/** Writes the fields of a message in order. */
export class Writer {
  #binary = "";

  /** Data written so far, as a binary string with one character per byte. */
  get binary(): string {
    return this.#binary;
  }

  /** Writes the low 8 bits of an integer. */
  writeByte(value: number): void {
    this.#binary += String.fromCharCode(value & 0xff);
  }

  /** Writes a boolean as one byte, 1 or 0. */
  writeBoolean(value: boolean): void {
    this.#binary += value ? "\x01" : "\x00";
  }

  /** Writes the low 16 bits of an integer. */
  writeShort(value: number): void {
    this.#binary += String.fromCharCode((value >>> 8) & 0xff, value & 0xff);
  }

  /** Writes the low 32 bits of an integer. */
  writeInt(value: number): void {
    this.#binary += word(value);
  }

  /**
   * Writes a signed 64-bit integer.
   *
   * @throws TrackFormatError `INTEGER_RANGE` naming the field.
   */
  writeLong(value: bigint, field = "long"): void {
    if (value >= minSafe && value <= maxSafe) {
      const number = Number(value);
      this.#binary += word(Math.floor(number / 0x1_0000_0000)) + word(number);
      return;
    }
    if (value > maxLong || value < minLong) {
      throw new TrackFormatError("INTEGER_RANGE", field, "must be a signed 64-bit integer");
    }
    this.#binary += word(Number(value >> 32n)) + word(Number(value & 0xffff_ffffn));
  }

  /**
   * Writes a string with a 16-bit length.
   *
   * @throws TrackFormatError `STRING_TOO_LONG`, or `INVALID_VALUE` when the value is not a string.
   */
  writeText(text: string, field = "text"): void {
    if (typeof text !== "string") throw new TrackFormatError("INVALID_VALUE", field, "must be a string");
    const bytes = encodeModifiedUtf8(text, field);
    this.writeShort(bytes.length);
    this.#binary += bytes;
  }

  /** Writes whether there is a string, as a boolean, followed by the string if there is one. */
  writeOptionalText(text: string | null | undefined, field = "text"): void {
    const isGiven = text !== null && text !== undefined;
    this.writeBoolean(isGiven);
    if (isGiven) this.writeText(text, field);
  }

  /**
   * Writes bytes without a length.
   *
   * @throws TrackFormatError `INVALID_VALUE` naming the field, when the value is not a `Uint8Array`.
   */
  writeBytes(bytes: Uint8Array, field = "bytes"): void {
    if (!(bytes instanceof Uint8Array)) {
      throw new TrackFormatError("INVALID_VALUE", field, "must be a Uint8Array");
    }
    this.#binary += toBinary(bytes);
  }
}

/**
 * Encodes the low 32 bits of an integer; bitwise operators reduce modulo 2^32, including negative numbers.
 */
const word = (value: number): string =>
  String.fromCharCode((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
