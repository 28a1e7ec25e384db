import type { StoredEvent } from "./stored-event.ts";

/**
 * Keeps the published events of this process in step with the shared log: each unit of work runs on a state
 * whose events have all been published here, and later events are held back until it is committed.
 */
export interface Follower {
  /**
   * Holds back events from now on. Called before a snapshot is opened, whose newest event is not known yet.
   */
  pause(): void;
  /**
   * Publishes the events up to and including `newestSeq` of the epoch `epoch`, then resolves. Later events are
   * held back until {@link Follower.resume}.
   */
  pauseAt(newestSeq: number, epoch: string): Promise<void>;
  /**
   * Ends the pause.
   *
   * @param ownEvents - Events that this process has committed and published; empty after a failure or a
   *   read-only commit.
   */
  resume(ownEvents: readonly StoredEvent[]): void;
}

/** Position and time of a shared database. */
export interface LogHead {
  readonly newestSeq: number;
  readonly epoch: string;
  /** Number of the newest {@link BusKey}. */
  readonly busKey: number;
  readonly timeMs: number;
}

/** Key that authenticates the messages between the processes of a database. */
export interface BusKey {
  readonly number: number;
  readonly key: Uint8Array;
  /** Time of its creation by the database's clock, as Unix time in ms. */
  readonly createdMs: number;
}

/** Event log of a database that several processes share. */
export interface SharedLog {
  /** Random id of the database, by which its processes find each other. */
  readonly clusterId: string;
  /**
   * Reads the numbers of the newest event and bus key, the epoch and the database's clock, as Unix time in ms.
   */
  readHead(): Promise<LogHead>;
  /** Returns the newest bus key and, after a rotation, the previous one behind it. */
  readBusKeys(): Promise<readonly BusKey[]>;
  /** Replaces the bus key and returns the number of the new one. */
  rotateBusKey(): Promise<number>;
  /** Registers the follower, which is notified before and after each commit of this process. */
  setFollower(follower: Follower): void;
}
