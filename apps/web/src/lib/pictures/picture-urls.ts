import { isShowable } from "./png-size.ts";

/** Pictures that have an address at the same time. */
const mostPictures = 500;

interface Entry {
  readonly bytes: Uint8Array;
  readonly url: string | undefined;
}

/** Gives pictures addresses that a page can show, and takes them back when they are no longer used. */
export class PictureUrls {
  readonly #entries = new Map<string, Entry>();

  /** The address of a picture; undefined if there is none, or it cannot be shown. `name` says whose it is. */
  get(name: string, bytes: Uint8Array): string | undefined {
    const known = this.#entries.get(name);
    if (known?.bytes === bytes) return known.url;
    this.#revoke(name, known);
    const url = isShowable(bytes)
      ? URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: "image/png" }))
      : undefined;
    this.#entries.set(name, { bytes, url });
    const [oldest] = this.#entries;
    if (this.#entries.size > mostPictures && oldest) this.#revoke(...oldest);
    return url;
  }

  #revoke(name: string, entry: Entry | undefined): void {
    this.#entries.delete(name);
    if (entry?.url !== undefined) URL.revokeObjectURL(entry.url);
  }
}
