import { setImmediate as nextTurn } from "node:timers/promises";
import { raceSignal } from "@asterite/util";
import { type Catalog, CatalogBuilder } from "./catalog.ts";
import type { MusicIndex } from "./music-index.ts";

/** Files that are read at once; between batches the event loop runs. */
const batchSize = 250;

/** Largest share of the time in which the catalog is built while the index changes. */
const maxShare = 0.05;

/** Provides the catalog of an index. It is built when it is first requested, and again after changes. */
export class LibraryCatalog {
  readonly #index: Pick<MusicIndex, "listEntries" | "revision">;
  readonly #roots: readonly string[];
  readonly #closing = new AbortController();
  #built: { readonly catalog: Catalog; readonly revision: number; readonly nextAtMs: number } | undefined;
  #building: Promise<Catalog> | undefined;

  /** @param roots - Music folders. */
  constructor(index: Pick<MusicIndex, "listEntries" | "revision">, roots: readonly string[]) {
    this.#index = index;
    this.#roots = roots;
  }

  /** Returns the catalog, which may lag behind an index that changes. */
  async get(signal: AbortSignal): Promise<Catalog> {
    const built = this.#built;
    if (built && (built.revision === this.#index.revision || performance.now() < built.nextAtMs)) {
      return built.catalog;
    }
    this.#building ??= this.#build().finally(() => {
      this.#building = undefined;
    });
    // It may reject after all requests have ended.
    this.#building.catch(() => {});
    return await raceSignal(this.#building, signal);
  }

  /** Builds the catalog if there is none, so that the first request need not wait for it. */
  prepare(): void {
    // A later request reports the error.
    this.get(this.#closing.signal).catch(() => {});
  }

  /** Ends a build. */
  close(): void {
    this.#closing.abort(new Error("closed"));
  }

  async #build(): Promise<Catalog> {
    const startedAtMs = performance.now();
    const { revision } = this.#index;
    const builder = new CatalogBuilder(this.#roots);
    for (let from = 0; ; ) {
      this.#closing.signal.throwIfAborted();
      const files = this.#index.listEntries(from, batchSize);
      const last = files.at(-1);
      if (!last) break;
      for (const file of files) builder.add(file);
      from = last.id + 1;
      await nextTurn();
    }
    const catalog = builder.build();
    const now = performance.now();
    this.#built = { catalog, revision, nextAtMs: now + (now - startedAtMs) / maxShare };
    return catalog;
  }
}
