/** A title is followed by this many bytes for each unit of its length byte. */
const unitBytes = 16;

/**
 * Takes the titles out of a Shoutcast stream: after every `interval` bytes of audio stands a byte that says how
 * much text follows.
 */
export class IcyTitles {
  readonly #interval: number;
  readonly #announce: (title: string) => void;
  #audioLeft: number;
  /** The text under way; null between texts. */
  #text: Uint8Array | null = null;
  #textFilled = 0;

  /**
   * @param interval - Bytes of audio between two texts, above 0.
   * @param announce - Called with each title, also when it is the same again.
   */
  constructor(interval: number, announce: (title: string) => void) {
    this.#interval = interval;
    this.#announce = announce;
    this.#audioLeft = interval;
  }

  /** The audio in a piece of the stream, in parts of the given array. */
  filter(bytes: Uint8Array): Uint8Array[] {
    const audio: Uint8Array[] = [];
    for (let place = 0; place < bytes.length; ) {
      if (this.#text) {
        place += this.#fill(this.#text, bytes.subarray(place));
      } else if (this.#audioLeft > 0) {
        const part = bytes.subarray(place, place + this.#audioLeft);
        audio.push(part);
        this.#audioLeft -= part.length;
        place += part.length;
      } else {
        this.#begin((bytes[place] ?? 0) * unitBytes);
        place += 1;
      }
    }
    return audio;
  }

  #begin(length: number): void {
    this.#audioLeft = this.#interval;
    this.#text = length > 0 ? new Uint8Array(length) : null;
    this.#textFilled = 0;
  }

  #fill(text: Uint8Array, bytes: Uint8Array): number {
    const part = bytes.subarray(0, text.length - this.#textFilled);
    text.set(part, this.#textFilled);
    this.#textFilled += part.length;
    if (this.#textFilled === text.length) {
      this.#text = null;
      const title = parseIcyTitle(text);
      if (title !== null) this.#announce(title);
    }
    return part.length;
  }
}

/** The title in a text such as `StreamTitle='Somebody - Something';StreamUrl='';`; null where there is none. */
export function parseIcyTitle(text: Uint8Array): string | null {
  // A title may hold quotes, and some servers leave the semicolon out.
  const match = /StreamTitle='(.*?)'(?:;|\0|$)/s.exec(decode(text));
  return match?.[1]?.trim() || null;
}

/** Text of a server: UTF-8 where it is that, otherwise Latin 1, which older servers send. */
export function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}

/** A header as its sender meant it: Node reads each byte as a character. */
export const decodeHeader = (header: string): string => decode(Buffer.from(header, "latin1"));
