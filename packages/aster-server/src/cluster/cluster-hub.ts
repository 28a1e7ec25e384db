import type { Bus } from "../bus/bus.ts";
import type { Audience, Hub, LocalHub, Receiver } from "../hub.ts";
import { type OutgoingPacket, push } from "../outgoing.ts";
import type { StoredEvent } from "../store/store.ts";
import type { FactBoard, FactChange } from "./fact-board.ts";
import { type Addressed, encodeHint } from "./hint.ts";

/** Up to so many connections are told at once who is online. */
const toldAtOnce = 100;
/**
 * More are told once in a while, so that it takes at most about a tenth of the time: after a crash thousands come
 * at once, and each of them would be told to all the others.
 */
const restMsPerConnection = 0.25;
const longestRestMs = 2000;

const userKey = /^u:(\d+)$/;

/** The hub of a server that is several processes: the connections of this one, and the way to those of the others. */
export class ClusterHub implements Hub {
  readonly #local: LocalHub;
  readonly #bus: Bus;
  readonly #board: FactBoard;
  /** How many other processes have sessions of a user. */
  readonly #elsewhere = new Map<number, number>();
  #outbox: Addressed[] = [];
  #announcedAt = Number.NEGATIVE_INFINITY;
  #announcing: NodeJS.Timeout | undefined;

  constructor(local: LocalHub, bus: Bus, board: FactBoard) {
    this.#local = local;
    this.#bus = bus;
    this.#board = board;
    board.onChange((change) => this.#othersChanged(change));
  }

  join(receiver: Receiver): void {
    this.#local.join(receiver);
  }

  extended(receiver: Receiver): void {
    this.#local.extended(receiver);
  }

  sessionOpened(receiver: Receiver): void {
    this.#local.sessionOpened(receiver);
    if (receiver.user !== undefined) this.#board.set(`u:${receiver.user}`, 1);
  }

  leave(receiver: Receiver): { readonly wentOffline: boolean } {
    const { wentOffline } = this.#local.leave(receiver);
    if (!wentOffline || receiver.user === undefined) return { wentOffline };
    this.#board.set(`u:${receiver.user}`, null);
    return { wentOffline: !this.#elsewhere.has(receiver.user) };
  }

  online(): number[] {
    return [...new Set([...this.#local.online(), ...this.#elsewhere.keys()])];
  }

  announceOnline(): void {
    if (this.#announcing) return;
    const { receivers } = this.#local;
    const restMs = receivers > toldAtOnce ? Math.min(longestRestMs, restMsPerConnection * receivers) : 0;
    const waitMs = this.#announcedAt + restMs - performance.now();
    if (waitMs <= 0) {
      this.#announcedAt = performance.now();
      this.#local.publish({ kind: "everyone" }, push("online", { data: this.online() }));
      return;
    }
    this.#announcing = setTimeout(() => {
      this.#announcing = undefined;
      this.announceOnline();
    }, waitMs);
  }

  publish(audience: Audience, packet: OutgoingPacket): void {
    this.#local.publish(audience, packet);
    if (this.#outbox.push({ audience, packet }) === 1) queueMicrotask(() => this.tellOthers([]));
  }

  /** The other processes hear of the change behind it from the log. */
  publishToEach(packetFor: (user: number) => OutgoingPacket): void {
    this.#local.publishToEach(packetFor);
  }

  /** The other processes hear of it from the log. */
  cutUser(user: number, reason: string, exceptConnection?: number): void {
    this.#local.cutUser(user, reason, exceptConnection);
  }

  /** Sends what was committed, and the pushes since the last time, to the other processes. */
  tellOthers(own: readonly StoredEvent[]): void {
    const packets = this.#outbox;
    this.#outbox = [];
    if (own.length === 0 && packets.length === 0) return;
    const message = encodeHint({ own, packets });
    if (message.length <= this.#bus.longestMessage) this.#bus.send("hints", message);
    // What does not fit is read from the database by those who hear of it.
    else if (own.length > 0) this.#bus.send("hints", encodeHint({ own, packets: [] }));
  }

  close(): void {
    clearTimeout(this.#announcing);
  }

  #othersChanged({ changed }: FactChange): void {
    let isNews = false;
    for (const [key, value] of changed) {
      const user = Number(userKey.exec(key)?.[1] ?? Number.NaN);
      if (Number.isNaN(user)) continue;
      isNews = true;
      const count = (this.#elsewhere.get(user) ?? 0) + (value === null ? -1 : 1);
      if (count > 0) this.#elsewhere.set(user, count);
      else this.#elsewhere.delete(user);
    }
    if (isNews) this.announceOnline();
  }
}
