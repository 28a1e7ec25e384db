import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@asterite/util";
import type { EventStore, Follower, SharedLog, StoredEvent } from "../store/store.ts";
import type { Hint } from "./commit-notice.ts";

/** What a {@link LogFollower} works with. */
interface FollowerContext {
  readonly log: SharedLog;
  readonly events: EventStore;
  /** Tells everybody here of events of other processes, with what pushes of them are given. */
  readonly tell: (events: readonly StoredEvent[], hint?: Hint) => Promise<void>;
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
  readonly lookMs: number;
  /** The same where there is no bus, or none at the moment. */
  readonly lookAloneMs: number;
  /** How long a hint is waited for before the log is read. */
  readonly patienceMs: number;
  /** How long what is known counts after the database was last seen. */
  readonly leaseMs: number;
}

const eventsPerRead = 1000;
const mostHints = 1000;
const retryMs = 100;

/**
 * Takes this process through the log of events in its order. The numbers have no gaps, so it knows what it has not
 * heard of: that comes as a hint from whoever did it, or else out of the database.
 */
export class LogFollower implements Follower {
  readonly #context: FollowerContext;
  /** Hints for which it is too early, by the number of their first event. */
  readonly #hints = new Map<number, Hint>();
  readonly #closing = new AbortController();
  #applied: number;
  #target: number;
  /** Nothing from this number on is told by the log: works are run on what is before, and it may become our own. */
  #ownFrom = Number.POSITIVE_INFINITY;
  #progress = Promise.withResolvers<void>();
  #pumping: Promise<void> | undefined;
  #seenAt = performance.now();
  #clockOffsetMs = 0;
  #looking: Promise<void>;
  /** How many events were read from the log because no hint came; for measuring only. */
  eventsRead = 0;

  constructor(context: FollowerContext, newest: number) {
    this.#context = context;
    this.#applied = newest;
    this.#target = newest;
    this.#looking = this.#look();
  }

  /** The newest event that everybody here has been told of. */
  get applied(): number {
    return this.#applied;
  }

  /** Whether what is known here was known to be true so shortly ago that it counts. */
  get isCurrent(): boolean {
    return performance.now() - this.#seenAt <= this.#context.times.leaseMs;
  }

  /** How much later it is for the database than for this machine. */
  get clockOffsetMs(): number {
    return this.#clockOffsetMs;
  }

  /** Takes a hint of another process. */
  hear(hint: Hint): void {
    const [first] = hint.own;
    const last = hint.own.at(-1);
    if (!first || !last || first.seq <= this.#applied || this.#hints.size >= mostHints) return;
    this.#hints.set(first.seq, hint);
    this.#target = Math.max(this.#target, last.seq);
    this.#moved();
    this.#pump();
  }

  pause(): void {
    this.#ownFrom = this.#applied + 1;
  }

  async hold(newest: number): Promise<void> {
    this.#ownFrom = newest + 1;
    await this.reach(newest);
  }

  /** Resolves when everybody here has been told of everything up to an event. */
  async reach(seq: number): Promise<void> {
    while (this.#applied < seq) {
      this.#closing.signal.throwIfAborted();
      this.#target = Math.max(this.#target, seq);
      this.#pump();
      await this.#progress.promise;
    }
  }

  release(own: readonly StoredEvent[]): void {
    this.#ownFrom = Number.POSITIVE_INFINITY;
    const last = own.at(-1);
    if (last) this.#advance(last.seq);
    this.#pump();
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("the server is closing"));
    this.#moved();
    await this.#looking;
    await this.#pumping;
  }

  /** Asks again and again how far the log has come. */
  async #look(): Promise<void> {
    const { signal } = this.#closing;
    const { log, times, logger, hearsOthers } = this.#context;
    while (!signal.aborted) {
      try {
        const before = this.#applied;
        const askedAt = performance.now();
        const askedDate = Date.now();
        const { newest, timeMs } = await log.look();
        this.#clockOffsetMs = Math.round(timeMs - (askedDate + Date.now()) / 2);
        // Only an older copy of the database can have forgotten what everybody was told of.
        if (newest < before) await this.#startAnew(newest);
        await this.reach(newest);
        this.#seenAt = askedAt;
      } catch (error) {
        if (!signal.aborted && this.isCurrent) logger.warn({ err: error }, "the log cannot be followed");
      }
      await delay(hearsOthers() ? times.lookMs : times.lookAloneMs, undefined, { signal }).catch(() => {});
    }
  }

  #pump(): void {
    this.#pumping ??= this.#goOn().finally(() => {
      this.#pumping = undefined;
      if (this.#goal > this.#applied && !this.#closing.signal.aborted) this.#pump();
    });
  }

  get #goal(): number {
    return Math.min(this.#target, this.#ownFrom - 1);
  }

  async #goOn(): Promise<void> {
    while (this.#goal > this.#applied && !this.#closing.signal.aborted) {
      try {
        await this.#step();
      } catch (error) {
        this.#context.logger.debug({ err: error }, "a step through the log failed");
        await delay(retryMs, undefined, { signal: this.#closing.signal }).catch(() => {});
      }
    }
  }

  async #step(): Promise<void> {
    const { hearsOthers, times, tell } = this.#context;
    const hint = this.#nextHint() ?? (hearsOthers() ? await this.#awaitHint(times.patienceMs) : undefined);
    // What is allowed is not known without the database, so nothing is told on a hint alone.
    if (hint && this.isCurrent) {
      await tell(hint.own, hint);
      this.#advance(hint.own.at(-1)?.seq ?? this.#applied);
      return;
    }
    const goal = this.#goal;
    if (goal > this.#applied) await this.#read(goal);
  }

  async #read(goal: number): Promise<void> {
    const { events, tell } = this.#context;
    const found = await events.after(this.#applied, Math.min(eventsPerRead, goal - this.#applied));
    if (!found) return this.#startAnew(goal);
    const foreign = found.filter(({ seq }) => seq < this.#ownFrom);
    const last = foreign.at(-1);
    if (!last) throw new Error(`the log has nothing after ${this.#applied}`);
    this.eventsRead += foreign.length;
    await tell(foreign);
    this.#advance(last.seq);
  }

  async #startAnew(newest: number): Promise<void> {
    this.#context.logger.warn({ from: this.#applied, to: newest }, "events are gone; clients have to reload");
    await this.#context.startAnew();
    this.#applied = newest;
    this.#target = newest;
    this.#hints.clear();
    this.#moved();
  }

  #nextHint(): Hint | undefined {
    const hint = this.#hints.get(this.#applied + 1);
    const last = hint?.own.at(-1);
    return last && last.seq <= this.#goal ? hint : undefined;
  }

  async #awaitHint(patienceMs: number): Promise<Hint | undefined> {
    const patience = new AbortController();
    const late = delay(patienceMs, undefined, { signal: patience.signal }).catch(() => {});
    let isLate = false;
    void late.then(() => {
      isLate = true;
    });
    try {
      while (!isLate && !this.#closing.signal.aborted) {
        await Promise.race([this.#progress.promise, late]);
        const hint = this.#nextHint();
        if (hint) return hint;
      }
      return undefined;
    } finally {
      patience.abort();
    }
  }

  #advance(to: number): void {
    this.#applied = Math.max(this.#applied, to);
    for (const first of this.#hints.keys()) if (first <= this.#applied) this.#hints.delete(first);
    this.#moved();
  }

  #moved(): void {
    const { resolve } = this.#progress;
    this.#progress = Promise.withResolvers<void>();
    resolve();
  }
}
