import { checkBytes, checkType } from "../errors.ts";
import type { RequestOptions } from "../session/request-matcher.ts";

/** Source from which an emoji fetches its image. */
interface EmojiSource {
  fetchEmoji(emoji: Emoji, options?: RequestOptions): Promise<Emoji>;
}

/** A custom emoji of a server. */
export class Emoji {
  /** Uuid of the emoji, unique on its server. */
  readonly uuid: number;
  /** Name without colons. */
  readonly name: string;
  readonly #source: EmojiSource | undefined;
  #data: Uint8Array | undefined;

  /** Creates an emoji; `data` is its image as PNG bytes, if it is known. */
  constructor(name: string, uuid: number, data?: Uint8Array, source?: EmojiSource) {
    checkType("name", name, "string");
    checkType("uuid", uuid, "number");
    if (data !== undefined) checkBytes("data", data);
    this.name = name;
    this.uuid = uuid;
    this.#data = data;
    this.#source = source;
  }

  /** Image as PNG bytes; empty until it is fetched, or if it cannot be decoded. */
  get data(): Uint8Array {
    return this.#data ?? new Uint8Array();
  }

  /**
   * Returns the image, and fetches it the first time.
   *
   * @throws CommandError with status 404 if the emoji no longer exists.
   */
  async fetchData(options: RequestOptions = {}): Promise<Uint8Array> {
    if (this.#data === undefined && this.#source) {
      this.#data = (await this.#source.fetchEmoji(this, options)).data;
    }
    return this.data;
  }
}
