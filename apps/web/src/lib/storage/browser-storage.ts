import { Signal } from "../signal.ts";
import { entryPrefix, type KeyValueStorage } from "./stored-value.ts";

/** Name of the entries that only show a state sooner. They are dropped when the storage is full. */
export const cacheName = "last";

const isCache = (key: string): boolean => key.startsWith(`${entryPrefix}${cacheName} `);

/**
 * Storage of the browser or of the tab. What the browser refuses to store, because the storage is full, blocked or
 * broken, is kept in memory until it can be stored or the tab is closed.
 */
export class BrowserStorage implements KeyValueStorage {
  /** Notifies of changes to {@link hasUnstored}. */
  readonly signal = new Signal();
  readonly #area: () => Storage;
  /** Values that were not stored; null for a removal. */
  readonly #unstored = new Map<string, string | null>();

  /** @param area - Returns the storage of the browser. Throws if the browser denies access. */
  constructor(area: () => Storage) {
    this.#area = area;
  }

  /** Whether values will be lost when the tab is closed. */
  get hasUnstored(): boolean {
    this.signal.track();
    return this.#hasValues;
  }

  get #hasValues(): boolean {
    return [...this.#unstored.values()].some((value) => value !== null);
  }

  getItem(key: string): string | null {
    const unstored = this.#unstored.get(key);
    return unstored === undefined ? this.#try((area) => area.getItem(key), null) : unstored;
  }

  setItem(key: string, value: string): void {
    this.#write(key, value);
  }

  removeItem(key: string): void {
    this.#write(key, null);
  }

  keys(): readonly string[] {
    const stored = this.#try((area) => Object.keys(area), []);
    const keys = new Set([...stored, ...this.#unstored.keys()]);
    return [...keys].filter((key) => this.#unstored.get(key) !== null);
  }

  subscribe(listener: (key: string) => void): void {
    addEventListener("storage", ({ key, storageArea }) => {
      if (key === null || !this.#try((area) => area === storageArea, false)) return;
      // Another tab has stored a newer value.
      this.#change(() => this.#unstored.delete(key));
      listener(key);
    });
  }

  #write(key: string, value: string | null): void {
    this.#change(() => {
      this.#unstored.set(key, value);
      this.#storeAll();
      if (!this.#unstored.has(key)) return;
      for (const cached of this.keys().filter(isCache)) {
        this.#unstored.delete(cached);
        this.#try((area) => area.removeItem(cached), undefined);
      }
      this.#storeAll();
    });
  }

  /** Stores what was not stored yet, as far as possible. */
  #storeAll(): void {
    for (const [key, value] of this.#unstored) {
      this.#try((area) => {
        if (value === null) area.removeItem(key);
        else area.setItem(key, value);
        this.#unstored.delete(key);
      }, undefined);
    }
  }

  #change(run: () => void): void {
    const before = this.#hasValues;
    run();
    if (this.#hasValues !== before) this.signal.notify();
  }

  /** Returns the result of an access, or `otherwise` if the browser refuses it. */
  #try<Result>(access: (area: Storage) => Result, otherwise: Result): Result {
    try {
      return access(this.#area());
    } catch {
      return otherwise;
    }
  }
}
