import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@asterite/util";
import type { Store, TokenUse } from "../store/store.ts";

/** Interval between two writes, in ms. */
const flushIntervalMs = 1000;

/** Stores when session tokens were last used: the first use immediately, later ones batched. */
export class TokenUseWriter {
  readonly #store: Store;
  readonly #logger: Logger;
  /** Latest unsaved use by token hash. */
  #pending = new Map<string, TokenUse>();
  #flushing: Promise<void> | undefined;
  readonly #closing = new AbortController();

  constructor(store: Store, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** Queues the use of a token for writing. */
  record(use: TokenUse): void {
    this.#pending.set(Buffer.from(use.hash).toString("base64"), use);
    this.#flushing ??= this.#flushAll();
  }

  /** Writes the queued uses. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#flushing;
  }

  async #flushAll(): Promise<void> {
    while (this.#pending.size > 0) {
      await this.#flush();
      await delay(flushIntervalMs, undefined, { signal: this.#closing.signal, ref: false }).catch(() => {});
    }
    this.#flushing = undefined;
  }

  async #flush(): Promise<void> {
    const uses = [...this.#pending.values()];
    this.#pending = new Map();
    try {
      await this.#store.transact({ run: (tx) => tx.tokens.recordUses(uses), onCommit() {} });
    } catch (error) {
      this.#logger.warn({ err: error, tokens: uses.length }, "token uses not saved");
    }
  }
}
