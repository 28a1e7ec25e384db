import type { Logger } from "@asterite/util";
import type { Bus } from "../bus/bus.ts";

/** Entry of the replicated state; the value `null` removes the key. */
type StateEntry = readonly [key: string, value: unknown];

/** Change of the entries of one other process. */
export interface PeerChange {
  /** Random id of the process. */
  readonly process: string;
  readonly changed: readonly StateEntry[];
  /** Whether the entries were removed because the lease of the process expired. */
  readonly hasExpired: boolean;
}

/** Timing of the leases by which processes detect that another one is gone, in ms. */
export interface LeaseTimes {
  /** Interval between heartbeats. */
  readonly heartbeatMs: number;
  /** Silence after which the entries of a process are removed. */
  readonly leaseMs: number;
}

/** Copy of the state of another process. */
interface Peer {
  /** Revision of the last change that was applied; -1 before the first snapshot. */
  revision: number;
  entries: Map<string, unknown>;
  lastSeenAt: number;
  /** Parts of a snapshot that have arrived so far. */
  incomingSnapshot: Map<string, unknown> | undefined;
}

type Heartbeat = { readonly type: "heartbeat" };
type Delta = { readonly type: "delta"; readonly entries: readonly StateEntry[] };
type SnapshotPart = {
  readonly type: "snapshot";
  readonly entries: readonly StateEntry[];
  readonly isFirst: boolean;
  readonly isLast: boolean;
};
type SnapshotRequest = { readonly type: "snapshot-request"; readonly target: string };
type Departure = { readonly type: "departure" };

type Message<Body> = Body & { readonly process: string; readonly revision: number };
type AnyMessage = Message<Heartbeat | Delta | SnapshotPart | SnapshotRequest | Departure>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Text length of the entries in one message; well below the message limit of a bus. */
const maxPartLength = 200_000;
/** Minimum interval between two requests for a snapshot of the same process. */
const minSnapshotRequestIntervalMs = 250;
const allProcesses = "*";
/** Limit that bounds memory. Further processes are ignored. */
const maxPeers = 1000;

/**
 * Replicated map. Each process owns its entries and broadcasts numbered deltas of them; a receiver that sees
 * a gap requests a snapshot. Entries of a process that sends no heartbeat for longer than its lease are
 * removed.
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

  /** @param process - Random id of this process, unique in the cluster. */
  constructor(process: string, bus: Bus, times: LeaseTimes, logger: Logger) {
    this.#process = process;
    this.#bus = bus;
    this.#times = times;
    this.#logger = logger;
    bus.subscribe("state", (bytes) => this.#receive(bytes));
    bus.onConnected(() => {
      this.#sendSnapshot();
      this.#send({ type: "snapshot-request", target: allProcesses });
    });
    this.#timer = setInterval(() => this.#sendHeartbeat(), times.heartbeatMs);
  }

  /** Adds a listener for changes of other processes. */
  onChange(listener: (change: PeerChange) => void): void {
    this.#listeners.push(listener);
  }

  /** Number of other processes with a valid lease. */
  get peerCount(): number {
    return this.#peers.size;
  }

  /** Sets an entry of this process; `null` removes it. Changes of one turn are sent together at its end. */
  set(key: string, value: unknown): void {
    if ((this.#own.get(key) ?? null) === value) return;
    if (value === null) this.#own.delete(key);
    else this.#own.set(key, value);
    if (this.#unsentChanges.size === 0) queueMicrotask(() => this.#sendDelta());
    this.#unsentChanges.set(key, value);
  }

  /**
   * Announces the departure, on which the others remove all entries of this process, and stops the heartbeat.
   */
  close(): void {
    clearInterval(this.#timer);
    this.#send({ type: "departure" });
  }

  #sendHeartbeat(): void {
    this.#send({ type: "heartbeat" });
    const deadline = performance.now() - this.#times.leaseMs;
    for (const [process, { lastSeenAt }] of this.#peers) {
      if (lastSeenAt < deadline) this.#removePeer(process, true);
    }
  }

  #sendDelta(): void {
    const entries: StateEntry[] = [...this.#unsentChanges];
    this.#unsentChanges = new Map();
    this.#revision++;
    if (lengthOf(entries) > maxPartLength) this.#sendSnapshot();
    else this.#send({ type: "delta", entries });
  }

  #sendSnapshot(): void {
    const parts = splitIntoParts([...this.#own]);
    for (const [index, entries] of parts.entries()) {
      this.#send({ type: "snapshot", entries, isFirst: index === 0, isLast: index === parts.length - 1 });
    }
  }

  #send(body: Heartbeat | Delta | SnapshotPart | SnapshotRequest | Departure): void {
    const message: AnyMessage = { ...body, process: this.#process, revision: this.#revision };
    this.#bus.send("state", encoder.encode(JSON.stringify(message)));
  }

  #receive(bytes: Uint8Array): void {
    let message: AnyMessage;
    try {
      // The bus delivers authentic messages only, so the shape is trusted.
      message = JSON.parse(decoder.decode(bytes)) as AnyMessage;
    } catch (error) {
      this.#logger.warn({ err: error }, "bus message dropped: not JSON");
      return;
    }
    switch (message.type) {
      case "snapshot-request":
        if (message.target === this.#process || message.target === allProcesses) this.#scheduleSnapshot();
        break;
      case "departure":
        this.#removePeer(message.process, false);
        break;
      case "snapshot":
        this.#applySnapshotPart(message);
        break;
      case "heartbeat":
      case "delta":
        this.#applyDelta(message);
        break;
    }
  }

  /** Renews the lease and applies the change, if any; requests a snapshot if a change was missed. */
  #applyDelta(message: Message<Heartbeat | Delta>): void {
    const { process, revision } = message;
    const peer = this.#peers.get(process);
    const expected = message.type === "delta" ? revision - 1 : revision;
    if (peer?.revision !== expected) {
      this.#requestSnapshot(process);
      return;
    }
    peer.lastSeenAt = performance.now();
    peer.revision = revision;
    if (message.type !== "delta") return;
    const { entries } = peer;
    const changed = message.entries.filter(([key, value]) => (entries.get(key) ?? null) !== value);
    for (const [key, value] of changed) {
      if (value === null) entries.delete(key);
      else entries.set(key, value);
    }
    this.#notifyListeners({ process, changed, hasExpired: false });
  }

  #applySnapshotPart({ process, revision, entries, isFirst, isLast }: Message<SnapshotPart>): void {
    let peer = this.#peers.get(process);
    if (!peer) {
      if (this.#peers.size >= maxPeers) return;
      peer = { revision: -1, entries: new Map(), lastSeenAt: 0, incomingSnapshot: undefined };
      this.#peers.set(process, peer);
    }
    peer.lastSeenAt = performance.now();
    if (isFirst) peer.incomingSnapshot = new Map();
    const { incomingSnapshot } = peer;
    if (!incomingSnapshot) return;
    for (const [key, value] of entries) incomingSnapshot.set(key, value);
    if (!isLast) return;
    const before = peer.entries;
    peer.entries = incomingSnapshot;
    peer.incomingSnapshot = undefined;
    peer.revision = revision;
    const removed = [...before.keys()]
      .filter((key) => !incomingSnapshot.has(key))
      .map((key): StateEntry => [key, null]);
    const added = [...incomingSnapshot].filter(([key, value]) => before.get(key) !== value);
    this.#notifyListeners({ process, changed: [...removed, ...added], hasExpired: false });
  }

  /** Sends one snapshot for all requests of a turn. */
  #scheduleSnapshot(): void {
    if (this.#isSnapshotScheduled) return;
    this.#isSnapshotScheduled = true;
    queueMicrotask(() => {
      this.#isSnapshotScheduled = false;
      this.#sendSnapshot();
    });
  }

  #requestSnapshot(target: string): void {
    const now = performance.now();
    const requestedAt = this.#snapshotRequestedAt.get(target) ?? Number.NEGATIVE_INFINITY;
    if (now - requestedAt < minSnapshotRequestIntervalMs) return;
    if (this.#snapshotRequestedAt.size >= maxPeers) this.#snapshotRequestedAt.clear();
    this.#snapshotRequestedAt.set(target, now);
    this.#send({ type: "snapshot-request", target });
  }

  #removePeer(process: string, hasExpired: boolean): void {
    const peer = this.#peers.get(process);
    if (!peer) return;
    this.#peers.delete(process);
    if (hasExpired) this.#logger.warn({ process }, "process lease expired: its users count as offline");
    const changed = [...peer.entries.keys()].map((key): StateEntry => [key, null]);
    this.#notifyListeners({ process, changed, hasExpired });
  }

  #notifyListeners(change: PeerChange): void {
    if (change.changed.length > 0) for (const listener of this.#listeners) listener(change);
  }
}

const lengthOf = (entries: readonly StateEntry[]): number =>
  entries.reduce((sum, [key, value]) => {
    return sum + key.length + (value === 1 ? 1 : JSON.stringify(value).length);
  }, 0);

/** Splits entries by size. Returns at least one part, so that an empty state has a snapshot too. */
function splitIntoParts(entries: readonly StateEntry[]): StateEntry[][] {
  const parts: StateEntry[][] = [[]];
  let length = 0;
  for (const entry of entries) {
    length += lengthOf([entry]);
    if (length > maxPartLength) {
      parts.push([]);
      length = 0;
    }
    parts.at(-1)?.push(entry);
  }
  return parts;
}
