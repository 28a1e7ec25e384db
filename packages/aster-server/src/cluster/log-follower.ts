import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@asterite/util";
import type { Bus } from "../bus/bus.ts";
import type { Follower, LogHead, SharedLog } from "../store/shared-log.ts";
import type { EventStore, StoredEvent } from "../store/store.ts";
import type { CommitNotice } from "./commit-notice.ts";

/** Publishes events of other processes to the connections of this one. */
export interface EventPublisher {
  /**
   * Publishes all of the events or, if it rejects, none. Packets are taken from the notice where it has them.
   */
  publish(events: readonly StoredEvent[], notice?: CommitNotice): Promise<void>;
  /** Reloads the server's state and makes its clients reload, because events were lost. */
  reload(): Promise<void>;
}

/** Notifies the other processes of commits of this one. */
export interface CommitBroadcaster {
  broadcastCommit(events: readonly StoredEvent[]): void;
}

/** Dependencies of a {@link LogFollower}. */
interface FollowerContext {
  readonly log: Pick<SharedLog, "readHead">;
  readonly events: EventStore;
  readonly publisher: EventPublisher;
  readonly hub: CommitBroadcaster;
  /** Commit notices are expected while it is connected. */
  readonly bus: Pick<Bus, "isConnected">;
  readonly logger: Logger;
  readonly times: FollowerTimes;
}

/** Timing of a {@link LogFollower}, in ms. */
export interface FollowerTimes {
  /** Interval at which the database is polled for events whose notice was lost. */
  readonly pollIntervalMs: number;
  /** The same while the bus is not connected. */
  readonly pollIntervalWithoutBusMs: number;
  /** Time to wait for a missing notice before the log is read. */
  readonly noticeTimeoutMs: number;
  /** Age of the last successful poll up to which this process counts as current. */
  readonly leaseMs: number;
}

/** Position in the event log. */
export type LogPosition = Pick<LogHead, "newestSeq" | "epoch">;

const maxEventsPerRead = 1000;
const maxNotices = 1000;
const retryMs = 100;

/**
 * Publishes the events of other processes in the order of the log. Event numbers have no gaps, so a lost
 * commit notice is detected and the events are read from the database instead.
 */
export class LogFollower implements Follower {
  readonly #context: FollowerContext;
  /** Notices that arrived ahead of their turn, by the number of their first event. */
  readonly #notices = new Map<number, CommitNotice>();
  readonly #closing = new AbortController();
  #epoch: string;
  #appliedSeq: number;
  #targetSeq: number;
  /**
   * First event that the follower must not publish: a transaction runs on the state before it, and may commit
   * the event under this number itself.
   */
  #firstReservedSeq = Number.POSITIVE_INFINITY;
  #nextProgress = Promise.withResolvers<void>();
  #applying: Promise<void> | undefined;
  #databaseSeenAt = performance.now();
  #clockOffsetMs: number;
  #polling: Promise<void>;
  /** Number of events that were read from the log because no notice arrived in time, for metrics. */
  eventsRead = 0;

  /**
   * Begins to poll the log. The server's state includes all events up to the given position.
   *
   * @param clockOffsetMs - The database's clock minus this machine's, in ms, until the first poll.
   */
  constructor(context: FollowerContext, { newestSeq, epoch }: LogPosition, clockOffsetMs = 0) {
    this.#context = context;
    this.#clockOffsetMs = clockOffsetMs;
    this.#epoch = epoch;
    this.#appliedSeq = newestSeq;
    this.#targetSeq = newestSeq;
    this.#polling = this.#pollHead();
  }

  /** Number of the newest event that was published to the connections of this process. */
  get appliedSeq(): number {
    return this.#appliedSeq;
  }

  /** Whether this process was up to date with the log within the lease. */
  get isCurrent(): boolean {
    return performance.now() - this.#databaseSeenAt <= this.#context.times.leaseMs;
  }

  /** The database's clock minus this machine's, in ms. */
  get clockOffsetMs(): number {
    return this.#clockOffsetMs;
  }

  /** Accepts a commit notice of another process. Its events are published when their turn comes. */
  receiveNotice(notice: CommitNotice): void {
    const [first] = notice.events;
    const last = notice.events.at(-1);
    if (!first || !last || first.seq <= this.#appliedSeq || this.#notices.size >= maxNotices) return;
    this.#notices.set(first.seq, notice);
    this.#targetSeq = Math.max(this.#targetSeq, last.seq);
    this.#notifyProgress();
    this.#startApplying();
  }

  pause(): void {
    this.#firstReservedSeq = this.#appliedSeq + 1;
  }

  async pauseAt(newestSeq: number, epoch: string): Promise<void> {
    this.#firstReservedSeq = newestSeq + 1;
    if (epoch !== this.#epoch) await this.#resetTo({ newestSeq, epoch });
    await this.catchUpTo(newestSeq);
  }

  /**
   * Resolves when all events up to `seq` have been published here.
   *
   * @throws Error if the follower is closed first.
   */
  async catchUpTo(seq: number): Promise<void> {
    while (this.#appliedSeq < seq) {
      this.#closing.signal.throwIfAborted();
      this.#targetSeq = Math.max(this.#targetSeq, seq);
      this.#startApplying();
      await this.#nextProgress.promise;
    }
  }

  resume(ownEvents: readonly StoredEvent[]): void {
    this.#context.hub.broadcastCommit(ownEvents);
    this.#firstReservedSeq = Number.POSITIVE_INFINITY;
    const last = ownEvents.at(-1);
    if (last) this.#advanceTo(last.seq);
    this.#startApplying();
  }

  /** Stops polling and rejects callers that wait for events. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("the server is closing"));
    this.#notifyProgress();
    await this.#polling;
    await this.#applying;
  }

  async #pollHead(): Promise<void> {
    const { signal } = this.#closing;
    const { log, times, logger, bus } = this.#context;
    while (!signal.aborted) {
      try {
        const appliedBefore = this.#appliedSeq;
        const polledAt = performance.now();
        const polledDate = Date.now();
        const { newestSeq, epoch, timeMs } = await log.readHead();
        this.#clockOffsetMs = Math.round(timeMs - (polledDate + Date.now()) / 2);
        // Within an epoch the log never shrinks; a database server without placements starts none by itself.
        if (epoch !== this.#epoch || newestSeq < appliedBefore) await this.#resetTo({ newestSeq, epoch });
        await this.catchUpTo(newestSeq);
        this.#databaseSeenAt = polledAt;
      } catch (error) {
        if (!signal.aborted && this.isCurrent) logger.warn({ err: error }, "event log poll failed");
      }
      const intervalMs = bus.isConnected ? times.pollIntervalMs : times.pollIntervalWithoutBusMs;
      await delay(intervalMs, undefined, { signal }).catch(() => {});
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
        this.#context.logger.debug({ err: error }, "event log step failed");
        await delay(retryMs, undefined, { signal: this.#closing.signal }).catch(() => {});
      }
    }
  }

  async #applyNext(): Promise<void> {
    const { bus, times, publisher } = this.#context;
    const notice =
      this.#nextNotice() ?? (bus.isConnected ? await this.#waitForNotice(times.noticeTimeoutMs) : undefined);
    // A notice alone is not enough: while the database is out of reach, permissions cannot be verified.
    if (notice && this.isCurrent) {
      await publisher.publish(notice.events, notice);
      this.#advanceTo(notice.events.at(-1)?.seq ?? this.#appliedSeq);
      return;
    }
    const goalSeq = this.#goalSeq;
    if (goalSeq > this.#appliedSeq) await this.#applyFromLog(goalSeq);
  }

  async #applyFromLog(goalSeq: number): Promise<void> {
    const { events, publisher } = this.#context;
    const found = await events.readAfter(
      this.#appliedSeq,
      Math.min(maxEventsPerRead, goalSeq - this.#appliedSeq),
    );
    if (!found) return this.#resetTo({ newestSeq: goalSeq, epoch: this.#epoch });
    const remote = found.filter(({ seq }) => seq < this.#firstReservedSeq);
    const last = remote.at(-1);
    if (!last) throw new Error(`the log has no event after ${this.#appliedSeq}`);
    this.eventsRead += remote.length;
    await publisher.publish(remote);
    this.#advanceTo(last.seq);
  }

  async #resetTo({ newestSeq, epoch }: LogPosition): Promise<void> {
    this.#context.logger.warn(
      { from: this.#appliedSeq, to: newestSeq, isNewEpoch: epoch !== this.#epoch },
      "events missing from the log: clients have to reload",
    );
    await this.#context.publisher.reload();
    this.#epoch = epoch;
    this.#appliedSeq = newestSeq;
    this.#targetSeq = newestSeq;
    this.#notices.clear();
    this.#notifyProgress();
  }

  #nextNotice(): CommitNotice | undefined {
    const notice = this.#notices.get(this.#appliedSeq + 1);
    const last = notice?.events.at(-1);
    return last && last.seq <= this.#goalSeq ? notice : undefined;
  }

  async #waitForNotice(timeoutMs: number): Promise<CommitNotice | undefined> {
    const timer = new AbortController();
    const timeout = delay(timeoutMs, undefined, { signal: timer.signal }).catch(() => {});
    let hasTimedOut = false;
    void timeout.then(() => {
      hasTimedOut = true;
    });
    try {
      while (!hasTimedOut && !this.#closing.signal.aborted) {
        await Promise.race([this.#nextProgress.promise, timeout]);
        const notice = this.#nextNotice();
        if (notice) return notice;
      }
      return undefined;
    } finally {
      timer.abort();
    }
  }

  #advanceTo(seq: number): void {
    this.#appliedSeq = Math.max(this.#appliedSeq, seq);
    for (const first of this.#notices.keys()) if (first <= this.#appliedSeq) this.#notices.delete(first);
    this.#notifyProgress();
  }

  #notifyProgress(): void {
    const { resolve } = this.#nextProgress;
    this.#nextProgress = Promise.withResolvers<void>();
    resolve();
  }
}
