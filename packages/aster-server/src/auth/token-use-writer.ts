import type { Logger } from "@asterite/util";
import { FlushLoop } from "../store/flush-loop.ts";
import type { Store, TokenUse } from "../store/store.ts";

/** Stores when session tokens were last used: the first use immediately, later ones batched. */
export class TokenUseWriter {
  readonly #store: Store;
  readonly #logger: Logger;
  /** Latest unsaved use by token hash. */
  #pending = new Map<string, TokenUse>();
  readonly #loop = new FlushLoop(
    () => this.#pending.size === 0,
    () => this.#flush(),
  );

  constructor(store: Store, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** Queues the use of a token for writing. */
  record(use: TokenUse): void {
    this.#pending.set(Buffer.from(use.hash).toString("base64"), use);
    this.#loop.start();
  }

  /** Writes the queued uses. */
  close(): Promise<void> {
    return this.#loop.close();
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
