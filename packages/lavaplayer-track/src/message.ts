import { readData, toBase64, toBytes } from "./binary.ts";
import { TrackFormatError } from "./errors.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** Flag: the body begins with a version byte. */
export const versionedFlag = 1;

/** Maximum size of a body in bytes: the size field has 30 bits. */
export const maxBodyBytes = 0x3fff_ffff;

/** A message: two flag bits and a reader of its body. */
export interface Message {
  /** Flags, 0 to 3; bit 0 is {@link versionedFlag}, bit 1 is unused. */
  readonly flags: number;
  /** Reader of the body. */
  readonly reader: Reader;
}

/** Reads messages sequentially from a stream that has been received completely. */
export class MessageInput {
  readonly #binary: string;
  #at = 0;

  /**
   * @throws TrackFormatError `INVALID_BASE64`, or `INVALID_VALUE` when the data is neither a string nor
   *   bytes.
   */
  constructor(data: string | Uint8Array) {
    this.#binary = readData(data);
  }

  /**
   * Returns the next message; null at an end marker and at the end of the data.
   *
   * @throws TrackFormatError `TRUNCATED` when the data ends inside a message.
   */
  nextMessage(): Message | null {
    if (this.#at === this.#binary.length) return null;
    const header = new Reader(this.#binary, this.#at).readInt("header");
    const start = this.#at + 4;
    const end = start + (header & maxBodyBytes);
    if (end === start) {
      this.#at = start;
      return null;
    }
    // Checked before anything is allocated, so that a false size costs no memory.
    if (end > this.#binary.length) {
      throw new TrackFormatError(
        "TRUNCATED",
        "header",
        `states ${end - start} bytes, but ${this.#binary.length - start} follow`,
      );
    }
    this.#at = end;
    return { flags: header >>> 30, reader: new Reader(this.#binary, start, end) };
  }
}

/** Writes messages to a stream. */
export class MessageOutput {
  #binary = "";

  /**
   * Adds a message.
   *
   * @param body - Writer with the body of the message.
   * @param flags - 0 to 3, see {@link Message}.
   * @throws TrackFormatError `INVALID_VALUE` when the body is empty, which would be an end marker, or larger
   *   than {@link maxBodyBytes}.
   */
  addMessage(body: Writer, flags: number): void {
    const { binary } = body;
    if (binary.length === 0 || binary.length > maxBodyBytes) {
      throw new TrackFormatError("INVALID_VALUE", "body", `must have 1 to ${maxBodyBytes} bytes`);
    }
    const header = new Writer();
    header.writeInt((flags << 30) | binary.length);
    this.#binary += header.binary + binary;
  }

  /** Adds the end marker, an empty message. */
  finish(): void {
    this.#binary += "\0\0\0\0";
  }

  /** Returns the stream as bytes. */
  toBytes(): Uint8Array {
    return toBytes(this.#binary);
  }

  /** Returns the stream as padded base64. */
  toString(): string {
    return toBase64(this.#binary);
  }
}
