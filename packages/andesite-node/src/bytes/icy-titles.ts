import { isUtf8 } from "node:buffer";
import { decodeText } from "@asterite/audio/media";

/** Texts of a station that are kept to detect its encoding: single titles are short. */
const keptTexts = 8;
/** Unit of the length byte in front of each title, in bytes. */
const unitBytes = 16;

/**
 * Removes the titles from a Shoutcast stream: every `interval` bytes of audio are followed by a length byte
 * and that much text.
 */
export class IcyTitleFilter {
  readonly #interval: number;
  readonly #onTitle: (title: string) => void;
  #audioRemaining: number;
  /** Text that is being received; null between texts. */
  #text: Uint8Array | null = null;
  #textFilled = 0;
  /** The last texts that were not ASCII or UTF-8. */
  readonly #texts: Uint8Array[] = [];

  /**
   * @param interval - Bytes of audio between two texts, above 0.
   * @param onTitle - Called with each title, even if it has not changed.
   */
  constructor(interval: number, onTitle: (title: string) => void) {
    this.#interval = interval;
    this.#onTitle = onTitle;
    this.#audioRemaining = interval;
  }

  /** Returns the audio in a piece of the stream, as subarrays of the given array. */
  filter(bytes: Uint8Array): Uint8Array[] {
    const audio: Uint8Array[] = [];
    for (let position = 0; position < bytes.length; ) {
      if (this.#text) {
        position += this.#fillText(this.#text, bytes.subarray(position));
      } else if (this.#audioRemaining > 0) {
        const part = bytes.subarray(position, position + this.#audioRemaining);
        audio.push(part);
        this.#audioRemaining -= part.length;
        position += part.length;
      } else {
        this.#beginText((bytes[position] ?? 0) * unitBytes);
        position += 1;
      }
    }
    return audio;
  }

  #beginText(length: number): void {
    this.#audioRemaining = this.#interval;
    this.#text = length > 0 ? new Uint8Array(length) : null;
    this.#textFilled = 0;
  }

  #fillText(text: Uint8Array, bytes: Uint8Array): number {
    const part = bytes.subarray(0, text.length - this.#textFilled);
    text.set(part, this.#textFilled);
    this.#textFilled += part.length;
    if (this.#textFilled === text.length) {
      this.#text = null;
      const title = parseIcyTitle(text, this.#texts);
      if (!isUtf8(text) && !this.#texts.some((kept) => Buffer.compare(kept, text) === 0)) {
        this.#texts.push(text);
        if (this.#texts.length > keptTexts) this.#texts.shift();
      }
      if (title !== null) this.#onTitle(title);
    }
    return part.length;
  }
}

/**
 * Returns the title in a text such as `StreamTitle='Artist - Title';StreamUrl='';`; null if there is none.
 *
 * @param others - Earlier texts of the station, by which the encoding is detected.
 */
export function parseIcyTitle(text: Uint8Array, others: readonly Uint8Array[] = []): string | null {
  // Titles may contain quotes, and some servers omit the semicolon.
  const match = /StreamTitle='(.*?)'(?:;|\0|$)/s.exec(decodeText(text, others));
  return match?.[1]?.trim() || null;
}

/** Decodes a header. Node exposes each byte of it as one character. */
export const decodeHeader = (header: string): string => decodeText(Buffer.from(header, "latin1"));
