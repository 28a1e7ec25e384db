import type { Emoji } from "@asterite/aster";
import type { PictureUrls } from "../lib/pictures/picture-urls.ts";
import { Signal } from "../lib/signal.ts";

/** Custom emoji of one server. Images are fetched when an emoji is first rendered. */
export class EmojiIndex {
  readonly signal = new Signal();
  readonly #pictures: PictureUrls;
  readonly #requested = new Set<number>();
  #list: readonly Emoji[] = [];

  constructor(pictures: PictureUrls) {
    this.#pictures = pictures;
  }

  get list(): readonly Emoji[] {
    this.signal.track();
    return this.#list;
  }

  set list(list: readonly Emoji[]) {
    this.#list = list;
    this.signal.notify();
  }

  /** Returns the image URL of an emoji, or undefined while the image is being fetched. */
  urlOf(emoji: Emoji): string | undefined {
    this.signal.track();
    if (emoji.data.length > 0) return this.#pictures.get(`emoji ${emoji.uuid}`, emoji.data);
    if (!this.#requested.has(emoji.uuid)) {
      this.#requested.add(emoji.uuid);
      emoji.fetchData().then(
        () => this.signal.notify(),
        () => this.#requested.delete(emoji.uuid),
      );
    }
    return undefined;
  }
}
