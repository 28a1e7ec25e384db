import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@asterite/util";
import type { Store, TokenUse } from "../store/store.ts";

/** Time between two writes, in ms. */
const restMs = 1000;

/** Writes down when session tokens were used: the first use at once, and many that come together in one go. */
export class TokenUses {
  readonly #store: Store;
  readonly #logger: Logger;
  /** By hash, so that there are never more than tokens. */
  #waiting = new Map<string, TokenUse>();
  #writing: Promise<void> | undefined;
  readonly #closing = new AbortController();

  constructor(store: Store, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** Notes that a token was used. */
  note(use: TokenUse): void {
    this.#waiting.set(Buffer.from(use.hash).toString("base64"), use);
    this.#writing ??= this.#writeAll();
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      await this.#write();
      await delay(restMs, undefined, { signal: this.#closing.signal, ref: false }).catch(() => {});
    }
    this.#writing = undefined;
  }

  async #write(): Promise<void> {
    const uses = [...this.#waiting.values()];
    this.#waiting = new Map();
    try {
      await this.#store.transact({ run: (tx) => tx.tokens.recordUses(uses), onCommit() {} });
    } catch (error) {
      this.#logger.warn({ err: error, tokens: uses.length }, "the use of session tokens was not noted");
    }
  }
}
