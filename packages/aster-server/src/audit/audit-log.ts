import type { Logger } from "@asterite/util";
import type { NewAuditEntry } from "../store/audit-store.ts";
import { mergeDetails } from "../store/audit-table.ts";
import { FlushLoop } from "../store/flush-loop.ts";
import type { Store } from "../store/store.ts";

/** Retention of the audit log; `Infinity` for no limit. */
export interface AuditLimits {
  /** Days after which entries are removed. Default 365. */
  readonly days: number;
  /**
   * Newest entries that are kept of each kind: actions that need rights, and others, such as failed logins, which
   * any client can cause. Default 50 000.
   */
  readonly entries: number;
}

/** Default values of {@link AuditLimits}. */
export const defaultAuditLimits: AuditLimits = Object.freeze({ days: 365, entries: 50_000 });

const daySeconds = 86_400;
const hourMs = 3_600_000;
/** Refused attempts with different actors, actions, addresses or results between two writes. */
const maxPending = 100;
/** Added entries after which the log is pruned. */
const entriesPerPruning = 100;

/** Refused attempt of a client. */
export interface RefusedAttempt {
  readonly date: number;
  readonly actor: number | undefined;
  readonly action: string;
  readonly address: string;
  readonly target: string | undefined;
  /** Reason of the refusal. */
  readonly result: string;
}

const toEntry = (attempt: RefusedAttempt, count: number): NewAuditEntry => ({
  ...attempt,
  count,
  isAdministrative: false,
  ...(attempt.actor === undefined &&
    attempt.target !== undefined && { after: { accounts: [attempt.target] } }),
});

/**
 * Writes refused attempts to the audit log, merged by address and in batches, so that an attacker causes few writes
 * and entries, and removes old entries.
 */
export class AuditLog {
  readonly #store: Store;
  readonly #logger: Logger;
  readonly #limits: AuditLimits;
  readonly #now: () => number;
  #pending = new Map<string, NewAuditEntry>();
  readonly #loop = new FlushLoop(
    () => this.#pending.size === 0,
    () => this.#flush(),
  );
  #pruning: NodeJS.Timeout | undefined;
  #addedCount = 0;

  constructor(store: Store, logger: Logger, limits: AuditLimits, now: () => number) {
    this.#store = store;
    this.#logger = logger;
    this.#limits = limits;
    this.#now = now;
  }

  /** Removes old entries now and then every hour. */
  startPruning(): void {
    this.#pruning = setInterval(() => void this.#prune(), hourMs).unref();
    void this.#prune();
  }

  /** Counts an entry that a transaction has added. */
  countAdded(): void {
    if (this.#pruning === undefined || ++this.#addedCount < entriesPerPruning) return;
    this.#addedCount = 0;
    void this.#prune();
  }

  /** Queues a refused attempt for writing. */
  recordRefusal(attempt: RefusedAttempt): void {
    const keyFor = (address: string): string =>
      [attempt.action, attempt.actor, address, attempt.result].join(" ");
    const isNew = !this.#pending.has(keyFor(attempt.address));
    // An attack from many addresses; the log line of each attempt has its address.
    const address = isNew && this.#pending.size >= maxPending ? "various" : attempt.address;
    const key = keyFor(address);
    const earlier = this.#pending.get(key);
    const entry = toEntry({ ...attempt, address }, (earlier?.count ?? 0) + 1);
    this.#pending.set(key, { ...entry, after: mergeDetails(earlier?.after, entry.after) });
    this.#loop.start();
  }

  /** Writes the queued attempts. */
  async close(): Promise<void> {
    clearInterval(this.#pruning);
    await this.#loop.close();
  }

  async #flush(): Promise<void> {
    const entries = [...this.#pending.values()];
    this.#pending = new Map();
    try {
      await this.#store.transact({
        run: async (tx) => {
          for (const entry of entries) await tx.audit.merge(entry);
        },
        onCommit: () => {
          for (const _ of entries) this.countAdded();
        },
      });
    } catch (error) {
      this.#logger.warn({ err: error, entries: entries.length }, "refused attempts not recorded");
    }
  }

  async #prune(): Promise<void> {
    const { days, entries } = this.#limits;
    const before = Math.max(0, Math.floor(this.#now() / 1000 - days * daySeconds));
    try {
      await this.#store.transact({
        run: (tx) => tx.audit.prune({ before, maxEntries: entries }),
        onCommit: () => {},
      });
    } catch (error) {
      this.#logger.warn({ err: error }, "audit log not pruned");
    }
  }
}
