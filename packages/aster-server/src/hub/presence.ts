import { Status } from "@asterite/aster-protocol";
import { Spaced } from "./cost-throttle.ts";
import { OutgoingPacket, push } from "./outgoing-packet.ts";
import type { Receiver } from "./subscriber.ts";

/** About what it takes in milliseconds to tell one receiver anything, to write one user into a list, and to send it. */
const msPerReceiver = 0.01;
const msPerListed = 0.0001;
const msPerSent = 0.000_03;
/** Longer lists are not told to those who have not said yet whether they want them. */
const shortList = 100;
/** For how long they may leave it open, in milliseconds. */
const undecidedMs = 3_000;

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
  readonly #places = new Map<number, number>();
  /** Connections that get whole lists. */
  readonly #listeners = new Set<Receiver>();
  /**
   * Connections that have asked for nothing yet, and whether they are owed a list. After a crash there are always
   * some of these, most of which will turn out to follow changes, while one login comes after the other.
   */
  readonly #undecided = new Map<Receiver, { isOwed: boolean }>();
  #deciding: NodeJS.Timeout | undefined;
  /** Connections that have asked for the list and get changes. */
  readonly #followers = new Set<Receiver>();
  /** Who is online as far as followers know. */
  readonly #told = new Set<number>();
  /** Users who may have come or gone since then. */
  readonly #touched = new Set<number>();
  readonly #lists = new Spaced(() => this.#tellLists());
  readonly #changes = new Spaced(() => this.#tellChanges());
  /** The answer to followers, which is the same for all of them; made when it is asked for. */
  #answer: OutgoingPacket | undefined;

  /** A connection has been opened. */
  join(receiver: Receiver): void {
    this.#undecided.set(receiver, { isOwed: false });
  }

  /** Its first request has come, and is no `hello`. */
  decide(receiver: Receiver): void {
    const undecided = this.#undecided.get(receiver);
    if (!undecided) return;
    this.#undecided.delete(receiver);
    this.#listeners.add(receiver);
    if (undecided.isOwed) receiver.deliver(this.#whole());
  }

  /** Its client said what it understands. */
  extended(receiver: Receiver): void {
    this.#followers.delete(receiver);
    if (receiver.extensions.has("presence")) {
      this.#listeners.delete(receiver);
      this.#undecided.delete(receiver);
      return;
    }
    this.decide(receiver);
    this.#listeners.add(receiver);
  }

  /** It is closed. */
  leave(receiver: Receiver): void {
    this.#listeners.delete(receiver);
    this.#followers.delete(receiver);
    this.#undecided.delete(receiver);
  }

  /** A user has come to a place. */
  came(user: number): void {
    const places = this.#places.get(user) ?? 0;
    this.#places.set(user, places + 1);
    if (places === 0) this.#touched.add(user);
  }

  /** A user has left a place. */
  left(user: number): void {
    const places = this.#places.get(user) ?? 0;
    if (places > 1) {
      this.#places.set(user, places - 1);
    } else if (this.#places.delete(user)) {
      this.#touched.add(user);
    }
  }

  has(user: number): boolean {
    return this.#places.has(user);
  }

  get users(): number[] {
    return [...this.#places.keys()];
  }

  /** How many users are online. */
  get size(): number {
    return this.#places.size;
  }

  /** Tells what has changed, and the whole list to those who get it, whether it has changed or not. */
  announce(): void {
    this.#lists.ask();
    if (this.#touched.size > 0) this.#changes.ask();
  }

  /**
   * The answer to the command `online`, from which on a client that understands it is told of changes. It has to be
   * made in the moment in which it is delivered: a batch between the two would be undone by it.
   */
  answer(receiver: Receiver): OutgoingPacket {
    if (!receiver.extensions.has("presence")) return this.list();
    this.#followers.add(receiver);
    const { user } = receiver;
    if (user !== undefined && !this.#told.has(user)) {
      // In no batch yet, and would miss only oneself. Not in the answer, of which thousands would have one each.
      const packet = push("presence", { came: [user], left: [] });
      queueMicrotask(() => receiver.deliver(packet));
    }
    this.#answer ??= answerOf([...this.#told]);
    return this.#answer;
  }

  /** Everybody who is online at this moment, as the answer to `online`. */
  list(): OutgoingPacket {
    return answerOf(this.users);
  }

  /** Tells nothing more. */
  close(): void {
    clearTimeout(this.#deciding);
    this.#lists.close();
    this.#changes.close();
  }

  #tellLists(): number {
    const isLong = this.size > shortList;
    if (isLong && this.#undecided.size > 0) {
      for (const undecided of this.#undecided.values()) undecided.isOwed = true;
      this.#deciding ??= setTimeout(() => this.#decideAll(), undecidedMs);
    }
    const receivers = isLong ? [...this.#listeners] : [...this.#listeners, ...this.#undecided.keys()];
    if (receivers.length === 0) return 0;
    const packet = this.#whole();
    for (const receiver of receivers) receiver.deliver(packet);
    return costMs(receivers.length, this.size);
  }

  /** Whoever is silent still gets lists, only later. */
  #decideAll(): void {
    this.#deciding = undefined;
    for (const [receiver, { isOwed }] of [...this.#undecided]) if (isOwed) this.decide(receiver);
  }

  #whole(): OutgoingPacket {
    return push("online", { data: this.users });
  }

  #tellChanges(): number {
    const came: number[] = [];
    const left: number[] = [];
    for (const user of this.#touched) {
      const isHere = this.#places.has(user);
      if (isHere === this.#told.has(user)) continue;
      if (isHere) this.#told.add(user);
      else this.#told.delete(user);
      (isHere ? came : left).push(user);
    }
    this.#touched.clear();
    if (came.length + left.length === 0) return 0;
    this.#answer = undefined;
    if (this.#followers.size === 0) return 0;
    const packet = push("presence", { came, left });
    for (const receiver of this.#followers) receiver.deliver(packet);
    // Whoever asks next has the list written anew.
    return costMs(this.#followers.size, came.length + left.length) + msPerListed * this.#told.size;
  }
}

const costMs = (receivers: number, users: number): number =>
  receivers * (msPerReceiver + msPerSent * users) + msPerListed * users;

const answerOf = (data: readonly number[]): OutgoingPacket => {
  const fields = { command: "online", status: Status.Ok, data };
  return new OutgoingPacket(fields);
};
