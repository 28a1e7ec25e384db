import { Status } from "@asterite/aster-protocol";
import { CostThrottle } from "./cost-throttle.ts";
import { OutgoingPacket, push } from "./outgoing-packet.ts";
import type { Subscriber } from "./subscriber.ts";

/** About what it takes in milliseconds to tell one receiver anything, to write one user into a list, and to send it. */
const msPerSubscriber = 0.01;
const msPerListed = 0.0001;
const msPerSent = 0.000_03;
/** Longer lists are not told to those who have not said yet whether they want them. */
const maxShortList = 100;
/** For how long they may leave it open, in milliseconds. */
const undecidedTimeoutMs = 3_000;

/**
 * Who is online, and how clients learn of it. Those with the extension `presence` ask for the list once and then
 * are told of changes; all others are told the whole list each time, as the protocol has it. Both are told in
 * batches when telling is much work.
 *
 * Whoever follows the changes is given the list as it was told last, not as it is: so the next batch leads from
 * this list to the next, for everybody alike.
 */
export class Presence {
  /** In how many places each user is: this process counts as one, and so does each other. */
  readonly #processCounts = new Map<number, number>();
  /** Connections that get whole lists. */
  readonly #listSubscribers = new Set<Subscriber>();
  /**
   * Connections that have asked for nothing yet, and whether they are owed a list. After a crash there are always
   * some of these, most of which will turn out to follow changes, while one login comes after the other.
   */
  readonly #undecided = new Map<Subscriber, { isOwed: boolean }>();
  #undecidedTimer: NodeJS.Timeout | undefined;
  /** Connections that have asked for the list and get changes. */
  readonly #deltaSubscribers = new Set<Subscriber>();
  /** Who is online as far as followers know. */
  readonly #announced = new Set<number>();
  /** Users who may have come or gone since then. */
  readonly #changed = new Set<number>();
  readonly #listThrottle = new CostThrottle(() => this.#sendLists());
  readonly #deltaThrottle = new CostThrottle(() => this.#sendDelta());
  /** The answer to followers, which is the same for all of them; made when it is asked for. */
  #deltaReply: OutgoingPacket | undefined;

  /** A connection has been opened. */
  join(receiver: Subscriber): void {
    this.#undecided.set(receiver, { isOwed: false });
  }

  /** Its first request has come, and is no `hello`. */
  subscribeToLists(receiver: Subscriber): void {
    const undecided = this.#undecided.get(receiver);
    if (!undecided) return;
    this.#undecided.delete(receiver);
    this.#listSubscribers.add(receiver);
    if (undecided.isOwed) receiver.deliver(this.#listPush());
  }

  /** Its client said what it understands. */
  updateExtensions(receiver: Subscriber): void {
    this.#deltaSubscribers.delete(receiver);
    if (receiver.extensions.has("presence")) {
      this.#listSubscribers.delete(receiver);
      this.#undecided.delete(receiver);
      return;
    }
    this.subscribeToLists(receiver);
    this.#listSubscribers.add(receiver);
  }

  /** It is closed. */
  leave(receiver: Subscriber): void {
    this.#listSubscribers.delete(receiver);
    this.#deltaSubscribers.delete(receiver);
    this.#undecided.delete(receiver);
  }

  /** A user has come to a place. */
  addUser(user: number): void {
    const places = this.#processCounts.get(user) ?? 0;
    this.#processCounts.set(user, places + 1);
    if (places === 0) this.#changed.add(user);
  }

  /** A user has left a place. */
  removeUser(user: number): void {
    const places = this.#processCounts.get(user) ?? 0;
    if (places > 1) {
      this.#processCounts.set(user, places - 1);
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

  /** How many users are online. */
  get size(): number {
    return this.#processCounts.size;
  }

  /** Tells what has changed, and the whole list to those who get it, whether it has changed or not. */
  announce(): void {
    this.#listThrottle.request();
    if (this.#changed.size > 0) this.#deltaThrottle.request();
  }

  /**
   * The answer to the command `online`, from which on a client that understands it is told of changes. It has to be
   * made in the moment in which it is delivered: a batch between the two would be undone by it.
   */
  replyTo(receiver: Subscriber): OutgoingPacket {
    if (!receiver.extensions.has("presence")) return this.fullReply();
    this.#deltaSubscribers.add(receiver);
    const { user } = receiver;
    if (user !== undefined && !this.#announced.has(user)) {
      // In no batch yet, and would miss only oneself. Not in the answer, of which thousands would have one each.
      const packet = push("presence", { came: [user], left: [] });
      queueMicrotask(() => receiver.deliver(packet));
    }
    this.#deltaReply ??= onlineReply([...this.#announced]);
    return this.#deltaReply;
  }

  /** Everybody who is online at this moment, as the answer to `online`. */
  fullReply(): OutgoingPacket {
    return onlineReply(this.users);
  }

  /** Tells nothing more. */
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
    const receivers = isLong
      ? [...this.#listSubscribers]
      : [...this.#listSubscribers, ...this.#undecided.keys()];
    if (receivers.length === 0) return 0;
    const packet = this.#listPush();
    for (const receiver of receivers) receiver.deliver(packet);
    return estimateCostMs(receivers.length, this.size);
  }

  /** Whoever is silent still gets lists, only later. */
  #settleUndecided(): void {
    this.#undecidedTimer = undefined;
    for (const [receiver, { isOwed }] of [...this.#undecided]) if (isOwed) this.subscribeToLists(receiver);
  }

  #listPush(): OutgoingPacket {
    return push("online", { data: this.users });
  }

  #sendDelta(): number {
    const came: number[] = [];
    const left: number[] = [];
    for (const user of this.#changed) {
      const isHere = this.#processCounts.has(user);
      if (isHere === this.#announced.has(user)) continue;
      if (isHere) this.#announced.add(user);
      else this.#announced.delete(user);
      (isHere ? came : left).push(user);
    }
    this.#changed.clear();
    if (came.length + left.length === 0) return 0;
    this.#deltaReply = undefined;
    if (this.#deltaSubscribers.size === 0) return 0;
    const packet = push("presence", { came, left });
    for (const receiver of this.#deltaSubscribers) receiver.deliver(packet);
    // Whoever asks next has the list written anew.
    return (
      estimateCostMs(this.#deltaSubscribers.size, came.length + left.length) +
      msPerListed * this.#announced.size
    );
  }
}

const estimateCostMs = (receivers: number, users: number): number =>
  receivers * (msPerSubscriber + msPerSent * users) + msPerListed * users;

const onlineReply = (data: readonly number[]): OutgoingPacket => {
  const fields = { command: "online", status: Status.Ok, data };
  return new OutgoingPacket(fields);
};
