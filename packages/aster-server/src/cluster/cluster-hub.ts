import type { Bus } from "../bus/bus.ts";
import type { Audience, Hub, LocalHub } from "../hub/hub.ts";
import type { OutgoingPacket } from "../hub/outgoing-packet.ts";
import type { Presence } from "../hub/presence.ts";
import type { Receiver } from "../hub/subscriber.ts";
import type { StoredEvent } from "../store/store.ts";
import { type AddressedPacket, encodeCommitNotice } from "./commit-notice.ts";
import type { PeerChange, ReplicatedState } from "./replicated-state.ts";

const userKey = /^u:(\d+)$/;

/** The hub of a server that is several processes: the connections of this one, and the way to those of the others. */
export class ClusterHub implements Hub {
  readonly #local: LocalHub;
  readonly #bus: Bus;
  readonly #replicated: ReplicatedState;
  #outbox: AddressedPacket[] = [];

  constructor(local: LocalHub, bus: Bus, board: ReplicatedState) {
    this.#local = local;
    this.#bus = bus;
    this.#replicated = board;
    board.onChange((change) => this.#applyPeerChange(change));
  }

  get presence(): Presence {
    return this.#local.presence;
  }

  join(receiver: Receiver): void {
    this.#local.join(receiver);
  }

  extended(receiver: Receiver): void {
    this.#local.extended(receiver);
  }

  sessionOpened(receiver: Receiver): void {
    this.#local.sessionOpened(receiver);
    if (receiver.user !== undefined) this.#replicated.set(`u:${receiver.user}`, 1);
  }

  leave(receiver: Receiver): { readonly wentOffline: boolean } {
    const left = this.#local.leave(receiver);
    const { user } = receiver;
    if (user !== undefined && !this.#local.hasSession(user)) this.#replicated.set(`u:${user}`, null);
    return left;
  }

  publish(audience: Audience, packet: OutgoingPacket): void {
    this.#local.publish(audience, packet);
    if (this.#outbox.push({ audience, packet }) === 1) queueMicrotask(() => this.broadcastCommit([]));
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
  broadcastCommit(own: readonly StoredEvent[]): void {
    const packets = this.#outbox;
    this.#outbox = [];
    if (own.length === 0 && packets.length === 0) return;
    const message = encodeCommitNotice({ events: own, packets });
    if (message.length <= this.#bus.maxMessageBytes) this.#bus.send("hints", message);
    // What does not fit is read from the database by those who hear of it.
    else if (own.length > 0) this.#bus.send("hints", encodeCommitNotice({ events: own, packets: [] }));
  }

  #applyPeerChange({ changed }: PeerChange): void {
    let isNews = false;
    for (const [key, value] of changed) {
      const user = Number(userKey.exec(key)?.[1] ?? Number.NaN);
      if (Number.isNaN(user)) continue;
      isNews = true;
      if (value === null) this.presence.left(user);
      else this.presence.came(user);
    }
    if (isNews) this.presence.announce();
  }
}
