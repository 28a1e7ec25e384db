import { decodeBase64 } from "../base64.ts";
import type { RequestOptions } from "../session/request-matcher.ts";

/** Where an emoji asks for its picture. */
interface EmojiSource {
  fetchEmoji(uuid: number, options?: RequestOptions): Promise<Emoji>;
}

/** A custom emoji of a server. */
export class Emoji {
  /** Identifies the emoji on its server. */
  readonly uuid: number;
  /** The name without colons. */
  readonly name: string;
  readonly #source: EmojiSource | undefined;
  #data: Uint8Array | undefined;

  /** Describes an emoji; `data` is base64 of its picture, if that is known already. */
  constructor(uuid: number, name: string, data?: string, source?: EmojiSource) {
    this.uuid = uuid;
    this.name = name;
    this.#source = source;
    if (data !== undefined) this.#data = decodeBase64(data);
  }

  /** The picture as PNG bytes; empty until it was asked for, or if it cannot be read. */
  get data(): Uint8Array {
    return this.#data ?? new Uint8Array();
  }

  /**
   * Asks for the picture, unless it is known.
   *
   * @throws CommandError with status 404 if the emoji is gone.
   */
  async fetchData(options: RequestOptions = {}): Promise<Uint8Array> {
    if (this.#data === undefined && this.#source) {
      this.#data = (await this.#source.fetchEmoji(this.uuid, options)).data;
    }
    return this.data;
  }
}
