import type { Bus } from "../bus/bus.ts";
import type { Audience, Hub, LocalHub } from "../hub/hub.ts";
import type { OutgoingPacket } from "../hub/outgoing-packet.ts";
import type { Presence } from "../hub/presence.ts";
import type { Subscriber } from "../hub/subscriber.ts";
import type { StoredEvent } from "../store/store.ts";
import { type Addressed, encodeHint } from "./commit-notice.ts";
import type { FactBoard, FactChange } from "./replicated-state.ts";

const userKey = /^u:(\d+)$/;

/** The hub of a server that is several processes: the connections of this one, and the way to those of the others. */
export class ClusterHub implements Hub {
  readonly #local: LocalHub;
  readonly #bus: Bus;
  readonly #board: FactBoard;
  #outbox: Addressed[] = [];

  constructor(local: LocalHub, bus: Bus, board: FactBoard) {
    this.#local = local;
    this.#bus = bus;
    this.#board = board;
    board.onChange((change) => this.#othersChanged(change));
  }

  get presence(): Presence {
    return this.#local.presence;
  }

  join(receiver: Subscriber): void {
    this.#local.join(receiver);
  }

  updateExtensions(receiver: Subscriber): void {
    this.#local.updateExtensions(receiver);
  }

  openSession(receiver: Subscriber): void {
    this.#local.openSession(receiver);
    if (receiver.user !== undefined) this.#board.set(`u:${receiver.user}`, 1);
  }

  leave(receiver: Subscriber): { readonly wentOffline: boolean } {
    const left = this.#local.leave(receiver);
    const { user } = receiver;
    if (user !== undefined && !this.#local.hasSession(user)) this.#board.set(`u:${user}`, null);
    return left;
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
  disconnectUser(user: number, reason: string, exceptConnection?: number): void {
    this.#local.disconnectUser(user, reason, exceptConnection);
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

  #othersChanged({ changed }: FactChange): void {
    let isNews = false;
    for (const [key, value] of changed) {
      const user = Number(userKey.exec(key)?.[1] ?? Number.NaN);
      if (Number.isNaN(user)) continue;
      isNews = true;
      if (value === null) this.presence.removeUser(user);
      else this.presence.addUser(user);
    }
    if (isNews) this.presence.announce();
  }
}
