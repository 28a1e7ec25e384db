import { isDisplayable } from "./png-size.ts";

/** Maximum number of object URLs held at the same time. */
const maxPictures = 500;

interface Entry {
  readonly bytes: Uint8Array;
  readonly url: string | undefined;
}

/** Object URLs of pictures, revoked when replaced or evicted. */
export class PictureUrls {
  readonly #entries = new Map<string, Entry>();

  /**
   * Returns the object URL of a picture; undefined if it is empty or not displayable. `name` identifies its
   * owner.
   */
  get(name: string, bytes: Uint8Array): string | undefined {
    const known = this.#entries.get(name);
    if (known?.bytes === bytes) return known.url;
    this.#revoke(name, known);
    const url = isDisplayable(bytes)
      ? URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: "image/png" }))
      : undefined;
    this.#entries.set(name, { bytes, url });
    const [oldest] = this.#entries;
    if (this.#entries.size > maxPictures && oldest) this.#revoke(...oldest);
    return url;
  }

  #revoke(name: string, entry: Entry | undefined): void {
    this.#entries.delete(name);
    if (entry?.url !== undefined) URL.revokeObjectURL(entry.url);
  }
}
