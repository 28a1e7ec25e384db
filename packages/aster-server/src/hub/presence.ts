import { Status } from "@asterite/aster-protocol";
import { CostThrottle } from "./cost-throttle.ts";
import { OutgoingPacket, push } from "./outgoing-packet.ts";
import type { Subscriber } from "./subscriber.ts";

/**
 * Estimated cost in ms: of one delivery, of serialising one user, and of sending one user to one subscriber.
 */
const msPerSubscriber = 0.01;
const msPerListed = 0.0001;
const msPerSent = 0.000_03;
/** Longer lists are withheld from connections that have not yet shown whether they use the extension. */
const maxShortList = 100;
/** Time after which such a connection is treated as one without the extension. */
const undecidedTimeoutMs = 3_000;

/**
 * Users who are online, and the pushes about them. Clients with the extension `presence` request the list
 * once and then receive deltas; all others receive the whole list at each change, as the base protocol
 * defines it. Expensive pushes are batched.
 *
 * A delta subscriber receives the list as of the last batch and not the current one, so that the next batch
 * is the same for all delta subscribers.
 */
export class Presence {
  /** Number of processes in which each user has a session. */
  readonly #processCounts = new Map<number, number>();
  /** Connections that receive whole lists. */
  readonly #listSubscribers = new Set<Subscriber>();
  /**
   * Connections that have sent no request yet, and whether a list was withheld from them. While clients
   * reconnect after a crash there are always some of these, and most of them will negotiate the extension.
   */
  readonly #undecided = new Map<Subscriber, { isOwed: boolean }>();
  #undecidedTimer: NodeJS.Timeout | undefined;
  /** Connections that have requested the list and receive deltas. */
  readonly #deltaSubscribers = new Set<Subscriber>();
  /** Users who are online according to the last batch. */
  readonly #announced = new Set<number>();
  /** Users whose presence may have changed since the last batch. */
  readonly #changed = new Set<number>();
  readonly #listThrottle = new CostThrottle(() => this.#sendLists());
  readonly #deltaThrottle = new CostThrottle(() => this.#sendDelta());
  /** Cached reply to delta subscribers; the same for all of them until the next batch. */
  #deltaReply: OutgoingPacket | undefined;

  /** Adds a new connection. */
  join(subscriber: Subscriber): void {
    this.#undecided.set(subscriber, { isOwed: false });
  }

  /** Subscribes an undecided connection to whole lists, and sends the one that was withheld. */
  subscribeToLists(subscriber: Subscriber): void {
    const undecided = this.#undecided.get(subscriber);
    if (!undecided) return;
    this.#undecided.delete(subscriber);
    this.#listSubscribers.add(subscriber);
    if (undecided.isOwed) subscriber.deliver(this.#listPush());
  }

  /** Applies the negotiated extensions of a connection. */
  updateExtensions(subscriber: Subscriber): void {
    this.#deltaSubscribers.delete(subscriber);
    if (subscriber.extensions.has("presence")) {
      this.#listSubscribers.delete(subscriber);
      this.#undecided.delete(subscriber);
      return;
    }
    this.subscribeToLists(subscriber);
    this.#listSubscribers.add(subscriber);
  }

  /** Removes a closed connection. */
  leave(subscriber: Subscriber): void {
    this.#listSubscribers.delete(subscriber);
    this.#deltaSubscribers.delete(subscriber);
    this.#undecided.delete(subscriber);
  }

  /** Counts a process in which the user has a session. */
  addUser(user: number): void {
    const processes = this.#processCounts.get(user) ?? 0;
    this.#processCounts.set(user, processes + 1);
    if (processes === 0) this.#changed.add(user);
  }

  /** Subtracts a process in which the user no longer has a session. */
  removeUser(user: number): void {
    const processes = this.#processCounts.get(user) ?? 0;
    if (processes > 1) {
      this.#processCounts.set(user, processes - 1);
    } else if (this.#processCounts.delete(user)) {
      this.#changed.add(user);
    }
  }

  has(user: number): boolean {
    return this.#processCounts.has(user);
  }

  get users(): number[] {
    return [...this.#processCounts.keys()];
  }

  /** Number of users who are online. */
  get size(): number {
    return this.#processCounts.size;
  }

  /** Sends the changes to delta subscribers, and the whole list, changed or not, to list subscribers. */
  announce(): void {
    this.#listThrottle.request();
    if (this.#changed.size > 0) this.#deltaThrottle.request();
  }

  /**
   * Returns the reply to the command `online` and subscribes a client with the extension to deltas. It must
   * be delivered in the same tick: it would undo a batch that is sent in between.
   */
  replyTo(subscriber: Subscriber): OutgoingPacket {
    if (!subscriber.extensions.has("presence")) return this.fullReply();
    this.#deltaSubscribers.add(subscriber);
    const { user } = subscriber;
    if (user !== undefined && !this.#announced.has(user)) {
      // The user's own arrival is in no batch yet. A separate push keeps the reply the same for all clients.
      const packet = push("presence", { came: [user], left: [] });
      queueMicrotask(() => subscriber.deliver(packet));
    }
    this.#deltaReply ??= onlineReply([...this.#announced]);
    return this.#deltaReply;
  }

  /** Returns the reply to `online` with all users who are online now. */
  fullReply(): OutgoingPacket {
    return onlineReply(this.users);
  }

  /** Stops sending. */
  close(): void {
    clearTimeout(this.#undecidedTimer);
    this.#listThrottle.close();
    this.#deltaThrottle.close();
  }

  #sendLists(): number {
    const isLong = this.size > maxShortList;
    if (isLong && this.#undecided.size > 0) {
      for (const undecided of this.#undecided.values()) undecided.isOwed = true;
      this.#undecidedTimer ??= setTimeout(() => this.#settleUndecided(), undecidedTimeoutMs);
    }
    const subscribers = isLong
      ? [...this.#listSubscribers]
      : [...this.#listSubscribers, ...this.#undecided.keys()];
    if (subscribers.length === 0) return 0;
    const packet = this.#listPush();
    for (const subscriber of subscribers) subscriber.deliver(packet);
    return estimateCostMs(subscribers.length, this.size);
  }

  /** Treats connections without a request as ones without the extension. */
  #settleUndecided(): void {
    this.#undecidedTimer = undefined;
    for (const [subscriber, { isOwed }] of [...this.#undecided])
      if (isOwed) this.subscribeToLists(subscriber);
  }

  #listPush(): OutgoingPacket {
    return push("online", { data: this.users });
  }

  #sendDelta(): number {
    const came: number[] = [];
    const left: number[] = [];
    for (const user of this.#changed) {
      const isOnline = this.#processCounts.has(user);
      if (isOnline === this.#announced.has(user)) continue;
      if (isOnline) this.#announced.add(user);
      else this.#announced.delete(user);
      (isOnline ? came : left).push(user);
    }
    this.#changed.clear();
    if (came.length + left.length === 0) return 0;
    this.#deltaReply = undefined;
    if (this.#deltaSubscribers.size === 0) return 0;
    const packet = push("presence", { came, left });
    for (const subscriber of this.#deltaSubscribers) subscriber.deliver(packet);
    // The next `online` serialises the whole list again.
    return (
      estimateCostMs(this.#deltaSubscribers.size, came.length + left.length) +
      msPerListed * this.#announced.size
    );
  }
}

const estimateCostMs = (subscribers: number, users: number): number =>
  subscribers * (msPerSubscriber + msPerSent * users) + msPerListed * users;

const onlineReply = (data: readonly number[]): OutgoingPacket => {
  const fields = { command: "online", status: Status.Ok, data };
  return new OutgoingPacket(fields);
};
