import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@asterite/util";
import type { EventStore, Follower, SharedLog, StoredEvent } from "../store/store.ts";
import type { CommitNotice } from "./commit-notice.ts";

/** What a {@link LogFollower} works with. */
interface FollowerContext {
  readonly log: SharedLog;
  readonly events: EventStore;
  /** Tells everybody here of events of other processes, with what pushes of them are given. */
  readonly tell: (events: readonly StoredEvent[], hint?: CommitNotice) => Promise<void>;
  /** Begins anew, because events are gone that nobody here was told of. */
  readonly startAnew: () => Promise<void>;
  /** Whether hints can be expected. */
  readonly hearsOthers: () => boolean;
  readonly logger: Logger;
  readonly times: FollowerTimes;
}

/** How closely the log is followed. Times are in milliseconds. */
export interface FollowerTimes {
  /** How often the database is asked whether something has happened that nobody told us of. */
  readonly pollIntervalMs: number;
  /** The same where there is no bus, or none at the moment. */
  readonly pollIntervalWithoutBusMs: number;
  /** How long a hint is waited for before the log is read. */
  readonly noticeTimeoutMs: number;
  /** How long what is known counts after the database was last seen. */
  readonly leaseMs: number;
}

const eventsPerRead = 1000;
const maxNotices = 1000;
const retryMs = 100;

/**
 * Takes this process through the log of events in its order. The numbers have no gaps, so it knows what it has not
 * heard of: that comes as a hint from whoever did it, or else out of the database.
 */
export class LogFollower implements Follower {
  readonly #context: FollowerContext;
  /** Hints for which it is too early, by the number of their first event. */
  readonly #notices = new Map<number, CommitNotice>();
  readonly #closing = new AbortController();
  #appliedSeq: number;
  #targetSeq: number;
  /** Nothing from this number on is told by the log: works are run on what is before, and it may become our own. */
  #firstReservedSeq = Number.POSITIVE_INFINITY;
  #nextProgress = Promise.withResolvers<void>();
  #applying: Promise<void> | undefined;
  #databaseSeenAt = performance.now();
  #clockOffsetMs = 0;
  #polling: Promise<void>;
  /** How many events were read from the log because no hint came; for measuring only. */
  eventsRead = 0;

  constructor(context: FollowerContext, newest: number) {
    this.#context = context;
    this.#appliedSeq = newest;
    this.#targetSeq = newest;
    this.#polling = this.#pollHead();
  }

  /** The newest event that everybody here has been told of. */
  get appliedSeq(): number {
    return this.#appliedSeq;
  }

  /** Whether what is known here was known to be true so shortly ago that it counts. */
  get isCurrent(): boolean {
    return performance.now() - this.#databaseSeenAt <= this.#context.times.leaseMs;
  }

  /** How much later it is for the database than for this machine. */
  get clockOffsetMs(): number {
    return this.#clockOffsetMs;
  }

  /** Takes a hint of another process. */
  receiveNotice(hint: CommitNotice): void {
    const [first] = hint.events;
    const last = hint.events.at(-1);
    if (!first || !last || first.seq <= this.#appliedSeq || this.#notices.size >= maxNotices) return;
    this.#notices.set(first.seq, hint);
    this.#targetSeq = Math.max(this.#targetSeq, last.seq);
    this.#notifyProgress();
    this.#startApplying();
  }

  pause(): void {
    this.#firstReservedSeq = this.#appliedSeq + 1;
  }

  async pauseAt(newest: number): Promise<void> {
    this.#firstReservedSeq = newest + 1;
    await this.catchUpTo(newest);
  }

  /** Resolves when everybody here has been told of everything up to an event. */
  async catchUpTo(seq: number): Promise<void> {
    while (this.#appliedSeq < seq) {
      this.#closing.signal.throwIfAborted();
      this.#targetSeq = Math.max(this.#targetSeq, seq);
      this.#startApplying();
      await this.#nextProgress.promise;
    }
  }

  resume(own: readonly StoredEvent[]): void {
    this.#firstReservedSeq = Number.POSITIVE_INFINITY;
    const last = own.at(-1);
    if (last) this.#advanceTo(last.seq);
    this.#startApplying();
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("the server is closing"));
    this.#notifyProgress();
    await this.#polling;
    await this.#applying;
  }

  /** Asks again and again how far the log has come. */
  async #pollHead(): Promise<void> {
    const { signal } = this.#closing;
    const { log, times, logger, hearsOthers } = this.#context;
    while (!signal.aborted) {
      try {
        const before = this.#appliedSeq;
        const askedAt = performance.now();
        const askedDate = Date.now();
        const { newest, timeMs } = await log.readHead();
        this.#clockOffsetMs = Math.round(timeMs - (askedDate + Date.now()) / 2);
        // Only an older copy of the database can have forgotten what everybody was told of.
        if (newest < before) await this.#resetTo(newest);
        await this.catchUpTo(newest);
        this.#databaseSeenAt = askedAt;
      } catch (error) {
        if (!signal.aborted && this.isCurrent) logger.warn({ err: error }, "the log cannot be followed");
      }
      await delay(hearsOthers() ? times.pollIntervalMs : times.pollIntervalWithoutBusMs, undefined, {
        signal,
      }).catch(() => {});
    }
  }

  #startApplying(): void {
    this.#applying ??= this.#applyAll().finally(() => {
      this.#applying = undefined;
      if (this.#goalSeq > this.#appliedSeq && !this.#closing.signal.aborted) this.#startApplying();
    });
  }

  get #goalSeq(): number {
    return Math.min(this.#targetSeq, this.#firstReservedSeq - 1);
  }

  async #applyAll(): Promise<void> {
    while (this.#goalSeq > this.#appliedSeq && !this.#closing.signal.aborted) {
      try {
        await this.#applyNext();
      } catch (error) {
        this.#context.logger.debug({ err: error }, "a step through the log failed");
        await delay(retryMs, undefined, { signal: this.#closing.signal }).catch(() => {});
      }
    }
  }

  async #applyNext(): Promise<void> {
    const { hearsOthers, times, tell } = this.#context;
    const hint =
      this.#nextNotice() ?? (hearsOthers() ? await this.#waitForNotice(times.noticeTimeoutMs) : undefined);
    // What is allowed is not known without the database, so nothing is told on a hint alone.
    if (hint && this.isCurrent) {
      await tell(hint.events, hint);
      this.#advanceTo(hint.events.at(-1)?.seq ?? this.#appliedSeq);
      return;
    }
    const goal = this.#goalSeq;
    if (goal > this.#appliedSeq) await this.#applyFromLog(goal);
  }

  async #applyFromLog(goal: number): Promise<void> {
    const { events, tell } = this.#context;
    const found = await events.readAfter(this.#appliedSeq, Math.min(eventsPerRead, goal - this.#appliedSeq));
    if (!found) return this.#resetTo(goal);
    const foreign = found.filter(({ seq }) => seq < this.#firstReservedSeq);
    const last = foreign.at(-1);
    if (!last) throw new Error(`the log has nothing after ${this.#appliedSeq}`);
    this.eventsRead += foreign.length;
    await tell(foreign);
    this.#advanceTo(last.seq);
  }

  async #resetTo(newest: number): Promise<void> {
    this.#context.logger.warn(
      { from: this.#appliedSeq, to: newest },
      "events are gone; clients have to reload",
    );
    await this.#context.startAnew();
    this.#appliedSeq = newest;
    this.#targetSeq = newest;
    this.#notices.clear();
    this.#notifyProgress();
  }

  #nextNotice(): CommitNotice | undefined {
    const hint = this.#notices.get(this.#appliedSeq + 1);
    const last = hint?.events.at(-1);
    return last && last.seq <= this.#goalSeq ? hint : undefined;
  }

  async #waitForNotice(patienceMs: number): Promise<CommitNotice | undefined> {
    const patience = new AbortController();
    const late = delay(patienceMs, undefined, { signal: patience.signal }).catch(() => {});
    let isLate = false;
    void late.then(() => {
      isLate = true;
    });
    try {
      while (!isLate && !this.#closing.signal.aborted) {
        await Promise.race([this.#nextProgress.promise, late]);
        const hint = this.#nextNotice();
        if (hint) return hint;
      }
      return undefined;
    } finally {
      patience.abort();
    }
  }

  #advanceTo(to: number): void {
    this.#appliedSeq = Math.max(this.#appliedSeq, to);
    for (const first of this.#notices.keys()) if (first <= this.#appliedSeq) this.#notices.delete(first);
    this.#notifyProgress();
  }

  #notifyProgress(): void {
    const { resolve } = this.#nextProgress;
    this.#nextProgress = Promise.withResolvers<void>();
    resolve();
  }
}
