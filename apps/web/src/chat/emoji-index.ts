import type { Emoji } from "@asterite/aster";
import type { PictureUrls } from "../lib/pictures/picture-urls.ts";
import { Topic } from "../lib/signal.ts";

/** The custom emoji of one server; their pictures are asked for when they are first shown. */
export class EmojiBook {
  readonly topic = new Topic();
  readonly #pictures: PictureUrls;
  readonly #asked = new Set<number>();
  #list: readonly Emoji[] = [];

  constructor(pictures: PictureUrls) {
    this.#pictures = pictures;
  }

  get list(): readonly Emoji[] {
    this.topic.follow();
    return this.#list;
  }

  set list(list: readonly Emoji[]) {
    this.#list = list;
    this.topic.changed();
  }

  /** The picture of an emoji, once it is there. */
  urlOf(emoji: Emoji): string | undefined {
    this.topic.follow();
    if (emoji.data.length > 0) return this.#pictures.get(`emoji ${emoji.uuid}`, emoji.data);
    if (!this.#asked.has(emoji.uuid)) {
      this.#asked.add(emoji.uuid);
      emoji.fetchData().then(
        () => this.topic.changed(),
        () => this.#asked.delete(emoji.uuid),
      );
    }
    return undefined;
  }
}
