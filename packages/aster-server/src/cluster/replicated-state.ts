import type { Logger } from "@asterite/util";
import type { Bus } from "../bus/bus.ts";

/** Something that is true as long as a process lives and says so; `null` takes it back. */
type StateEntry = readonly [key: string, value: unknown];

/** Facts of one other process that have changed. */
export interface PeerChange {
  readonly process: string;
  readonly changed: readonly StateEntry[];
  /** Whether the process was given up and did not take them back itself. */
  readonly hasExpired: boolean;
}

/** How processes keep track of each other. Times are in milliseconds. */
export interface LeaseTimes {
  /** How often a process says that it lives. */
  readonly heartbeatMs: number;
  /** After this time without a word its facts are forgotten. */
  readonly leaseMs: number;
}

/** One process as the others know it. */
interface Peer {
  /** The number of its last change that is known. */
  revision: number;
  entries: Map<string, unknown>;
  lastSeenAt: number;
  /** What has come of a whole state that is told in parts. */
  incomingSnapshot: Map<string, unknown> | undefined;
}

type Message = { readonly process: string; readonly count: number } & (
  | { readonly kind: "beat" | "end" }
  | { readonly kind: "change"; readonly facts: readonly StateEntry[] }
  | {
      readonly kind: "whole";
      readonly facts: readonly StateEntry[];
      readonly isFirst: boolean;
      readonly isLast: boolean;
    }
  | { readonly kind: "ask"; readonly whom: string }
);

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Length of the texts in one message, well below what a bus carries. */
const maxPartLength = 200_000;
/** A process that has lost the thread asks no more often than this. */
const minSnapshotRequestIntervalMs = 250;
const allProcesses = "*";
/** Most processes that are kept track of. */
const maxPeers = 1000;

/**
 * What every process says about itself, copied to all others: each tells its changes with a number, and whoever
 * misses one asks for the whole. A process that is silent for longer than its lease counts as dead.
 */
export class ReplicatedState {
  readonly #process: string;
  readonly #bus: Bus;
  readonly #times: LeaseTimes;
  readonly #logger: Logger;
  readonly #own = new Map<string, unknown>();
  readonly #peers = new Map<string, Peer>();
  readonly #snapshotRequestedAt = new Map<string, number>();
  readonly #listeners: ((change: PeerChange) => void)[] = [];
  readonly #timer: NodeJS.Timeout;
  #unsentChanges = new Map<string, unknown>();
  #isSnapshotScheduled = false;
  #revision = 0;

  constructor(process: string, bus: Bus, times: LeaseTimes, logger: Logger) {
    this.#process = process;
    this.#bus = bus;
    this.#times = times;
    this.#logger = logger;
    bus.subscribe("facts", (bytes) => this.#receive(bytes));
    bus.onConnected(() => {
      this.#sendSnapshot();
      this.#send({ kind: "ask", process, count: this.#revision, whom: allProcesses });
    });
    this.#timer = setInterval(() => this.#sendHeartbeat(), times.heartbeatMs);
  }

  /** Calls back with every change of other processes. */
  onChange(listener: (change: PeerChange) => void): void {
    this.#listeners.push(listener);
  }

  /** The others that are known to live. */
  get peerCount(): number {
    return this.#peers.size;
  }

  /** Says something about this process; `null` takes it back. Told when the program has nothing more to do. */
  set(key: string, value: unknown): void {
    if ((this.#own.get(key) ?? null) === value) return;
    if (value === null) this.#own.delete(key);
    else this.#own.set(key, value);
    if (this.#unsentChanges.size === 0) queueMicrotask(() => this.#sendDelta());
    this.#unsentChanges.set(key, value);
  }

  /** Takes everything back and ends. */
  close(): void {
    clearInterval(this.#timer);
    this.#send({ kind: "end", process: this.#process, count: this.#revision });
  }

  #sendHeartbeat(): void {
    this.#send({ kind: "beat", process: this.#process, count: this.#revision });
    const deadline = performance.now() - this.#times.leaseMs;
    for (const [process, { lastSeenAt: heardAt }] of this.#peers) {
      if (heardAt < deadline) this.#removePeer(process, true);
    }
  }

  #sendDelta(): void {
    const changed = [...this.#unsentChanges];
    this.#unsentChanges = new Map();
    this.#revision++;
    const facts = changed.map(([key, value]): StateEntry => [key, value]);
    if (lengthOf(facts) > maxPartLength) this.#sendSnapshot();
    else this.#send({ kind: "change", process: this.#process, count: this.#revision, facts });
  }

  #sendSnapshot(): void {
    const parts = splitIntoParts([...this.#own]);
    for (const [index, facts] of parts.entries()) {
      const place = { isFirst: index === 0, isLast: index === parts.length - 1 };
      this.#send({ kind: "whole", process: this.#process, count: this.#revision, facts, ...place });
    }
  }

  #send(message: Message): void {
    this.#bus.send("facts", encoder.encode(JSON.stringify(message)));
  }

  #receive(bytes: Uint8Array): void {
    let message: Message;
    try {
      // Only processes of the same server can write here.
      message = JSON.parse(decoder.decode(bytes)) as Message;
    } catch (error) {
      this.#logger.warn({ err: error }, "unreadable message on the bus");
      return;
    }
    if (message.kind === "ask") {
      if (message.whom === this.#process || message.whom === allProcesses) this.#scheduleSnapshot();
    } else if (message.kind === "end") this.#removePeer(message.process, false);
    else if (message.kind === "whole") this.#applySnapshotPart(message);
    else this.#applyDelta(message);
  }

  /** A sign of life, perhaps with the next change. */
  #applyDelta(message: Message & { readonly kind: "beat" | "change" | "end" }): void {
    const { process, count } = message;
    const other = this.#peers.get(process);
    const expected = message.kind === "change" ? count - 1 : count;
    if (other?.revision !== expected) {
      this.#requestSnapshot(process);
      return;
    }
    other.lastSeenAt = performance.now();
    other.revision = count;
    if (message.kind !== "change") return;
    const { entries: facts } = other;
    const changed = message.facts.filter(([key, value]) => (facts.get(key) ?? null) !== value);
    for (const [key, value] of changed) {
      if (value === null) facts.delete(key);
      else facts.set(key, value);
    }
    this.#notifyListeners({ process, changed, hasExpired: false });
  }

  #applySnapshotPart({ process, count, facts, isFirst, isLast }: Message & { readonly kind: "whole" }): void {
    let other = this.#peers.get(process);
    if (!other) {
      if (this.#peers.size >= maxPeers) return;
      other = { revision: -1, entries: new Map(), lastSeenAt: 0, incomingSnapshot: undefined };
      this.#peers.set(process, other);
    }
    other.lastSeenAt = performance.now();
    if (isFirst) other.incomingSnapshot = new Map();
    const { incomingSnapshot: arriving } = other;
    if (!arriving) return;
    for (const [key, value] of facts) arriving.set(key, value);
    if (!isLast) return;
    const before = other.entries;
    other.entries = arriving;
    other.incomingSnapshot = undefined;
    other.revision = count;
    const gone = [...before.keys()].filter((key) => !arriving.has(key)).map((key): StateEntry => [key, null]);
    const come = [...arriving].filter(([key, value]) => before.get(key) !== value);
    this.#notifyListeners({ process, changed: [...gone, ...come], hasExpired: false });
  }

  #scheduleSnapshot(): void {
    if (this.#isSnapshotScheduled) return;
    this.#isSnapshotScheduled = true;
    // Whoever else asks at this moment gets the same answer.
    queueMicrotask(() => {
      this.#isSnapshotScheduled = false;
      this.#sendSnapshot();
    });
  }

  #requestSnapshot(whom: string): void {
    const now = performance.now();
    if (
      now - (this.#snapshotRequestedAt.get(whom) ?? Number.NEGATIVE_INFINITY) <
      minSnapshotRequestIntervalMs
    )
      return;
    if (this.#snapshotRequestedAt.size >= maxPeers) this.#snapshotRequestedAt.clear();
    this.#snapshotRequestedAt.set(whom, now);
    this.#send({ kind: "ask", process: this.#process, count: this.#revision, whom });
  }

  #removePeer(process: string, isLost: boolean): void {
    const other = this.#peers.get(process);
    if (!other) return;
    this.#peers.delete(process);
    if (isLost) this.#logger.warn({ process }, "another process is silent; its users count as offline");
    const changed = [...other.entries.keys()].map((key): StateEntry => [key, null]);
    this.#notifyListeners({ process, changed, hasExpired: isLost });
  }

  #notifyListeners(change: PeerChange): void {
    if (change.changed.length > 0) for (const listener of this.#listeners) listener(change);
  }
}

const lengthOf = (facts: readonly StateEntry[]): number =>
  facts.reduce((sum, [key, value]) => sum + key.length + (value === 1 ? 1 : JSON.stringify(value).length), 0);

/** At least one part, so that an empty state can be told too. */
function splitIntoParts(facts: readonly StateEntry[]): StateEntry[][] {
  const parts: StateEntry[][] = [[]];
  let length = 0;
  for (const fact of facts) {
    length += lengthOf([fact]);
    if (length > maxPartLength) {
      parts.push([]);
      length = 0;
    }
    parts.at(-1)?.push(fact);
  }
  return parts;
}
