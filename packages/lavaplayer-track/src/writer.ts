import { toBinary } from "./binary.ts";
import { TrackFormatError } from "./errors.ts";
import { encodeModifiedUtf8 } from "./modified-utf8.ts";

const maxLong = 2n ** 63n - 1n;
const minLong = -(2n ** 63n);
const maxSafe = BigInt(Number.MAX_SAFE_INTEGER);
const minSafe = BigInt(Number.MIN_SAFE_INTEGER);

/** Writes the fields of one message in order. */
export class Writer {
  #binary = "";

  /** What was written, one character per byte. */
  get binary(): string {
    return this.#binary;
  }

  /** Writes the low eight bits. */
  writeByte(value: number): void {
    this.#binary += String.fromCharCode(value & 0xff);
  }

  /** Writes 1 or 0 as one byte. */
  writeBoolean(value: boolean): void {
    this.#binary += value ? "\x01" : "\x00";
  }

  /** An unsigned number of 16 bits. */
  writeShort(value: number): void {
    this.#binary += String.fromCharCode((value >>> 8) & 0xff, value & 0xff);
  }

  /** An unsigned number of 32 bits. */
  writeInt(value: number): void {
    this.#binary += word(value);
  }

  /**
   * A number of 64 bits with sign.
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
      throw new TrackFormatError("INTEGER_RANGE", field, "must fit 64 bits with sign");
    }
    this.#binary += word(Number(value >> 32n)) + word(Number(value & 0xffff_ffffn));
  }

  /**
   * A text with its length.
   *
   * @throws TrackFormatError `STRING_TOO_LONG`, or `INVALID_VALUE` when it is no string.
   */
  writeText(text: string, field = "text"): void {
    if (typeof text !== "string") throw new TrackFormatError("INVALID_VALUE", field, "must be a string");
    const bytes = encodeModifiedUtf8(text, field);
    this.writeShort(bytes.length);
    this.#binary += bytes;
  }

  /** A text behind a boolean that says whether it is there. */
  writeOptionalText(text: string | null | undefined, field = "text"): void {
    const given = text !== null && text !== undefined;
    this.writeBoolean(given);
    if (given) this.writeText(text, field);
  }

  /** @throws TrackFormatError `INVALID_VALUE` naming the field, when it is no `Uint8Array`. */
  writeBytes(bytes: Uint8Array, field = "bytes"): void {
    if (!(bytes instanceof Uint8Array)) {
      throw new TrackFormatError("INVALID_VALUE", field, "must be a Uint8Array");
    }
    this.#binary += toBinary(bytes);
  }
}

/** The low 32 bits of an integer; bitwise operators take them modulo 2^32, also of negative numbers. */
const word = (value: number): string =>
  String.fromCharCode((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
