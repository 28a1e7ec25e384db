import type { Bus } from "../bus/bus.ts";
import type { AddressedPacket, Audience, Hub, LocalHub } from "../hub/hub.ts";
import type { OutgoingPacket } from "../hub/outgoing-packet.ts";
import type { Presence } from "../hub/presence.ts";
import type { Subscriber } from "../hub/subscriber.ts";
import type { StoredEvent } from "../store/store.ts";
import { encodeCommitNotice } from "./commit-notice.ts";
import type { CommitBroadcaster } from "./log-follower.ts";
import type { PeerChange, ReplicatedState } from "./replicated-state.ts";

const userKey = /^u:(\d+)$/;

/**
 * Hub of a cluster: delivers to the connections of this process and forwards to the other processes over the
 * bus.
 */
export class ClusterHub implements Hub, CommitBroadcaster {
  readonly #local: LocalHub;
  readonly #bus: Bus;
  readonly #replicated: ReplicatedState;
  #outbox: AddressedPacket[] = [];

  constructor(local: LocalHub, bus: Bus, replicated: ReplicatedState) {
    this.#local = local;
    this.#bus = bus;
    this.#replicated = replicated;
    replicated.onChange((change) => this.#applyPeerChange(change));
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
    if (receiver.user !== undefined) this.#replicated.set(`u:${receiver.user}`, 1);
  }

  leave(receiver: Subscriber): { readonly wentOffline: boolean } {
    const left = this.#local.leave(receiver);
    const { user } = receiver;
    if (user !== undefined && !this.#local.hasSession(user)) this.#replicated.set(`u:${user}`, null);
    return left;
  }

  publish(audience: Audience, packet: OutgoingPacket): number {
    if (this.#outbox.push({ audience, packet }) === 1) queueMicrotask(() => this.broadcastCommit([]));
    return this.#local.publish(audience, packet);
  }

  /** Publishes locally only: the other processes build their packets from the event in the log. */
  publishToEach(packetFor: (user: number) => OutgoingPacket): void {
    this.#local.publishToEach(packetFor);
  }

  /** Closes local connections only: the other processes act on the event in the log. */
  disconnectUser(user: number, reason: string, exceptConnection?: number): void {
    this.#local.disconnectUser(user, reason, exceptConnection);
  }

  /** Closes local connections only: the other processes act on the event in the log. */
  disconnectToken(token: number, reason: string, exceptConnection?: number): void {
    this.#local.disconnectToken(token, reason, exceptConnection);
  }

  /** The other processes act on the event in the log, as this one does on theirs. */
  hasEndedSessions(since: number, user: number, token: number | undefined): boolean {
    return this.#local.hasEndedSessions(since, user, token);
  }

  /** Sends committed events, with the packets published since the last call, to the other processes. */
  broadcastCommit(events: readonly StoredEvent[]): void {
    const packets = this.#outbox;
    this.#outbox = [];
    if (events.length === 0 && packets.length === 0) return;
    const message = encodeCommitNotice({ events, packets });
    if (message.length <= this.#bus.maxMessageBytes) this.#bus.send("commits", message);
    // Without packets the receivers read the events from the database.
    else if (events.length > 0) this.#bus.send("commits", encodeCommitNotice({ events, packets: [] }));
  }

  #applyPeerChange({ changed }: PeerChange): void {
    let hasPresenceChanged = false;
    for (const [key, value] of changed) {
      const user = Number(userKey.exec(key)?.[1] ?? Number.NaN);
      if (Number.isNaN(user)) continue;
      hasPresenceChanged = true;
      if (value === null) this.presence.removeUser(user);
      else this.presence.addUser(user);
    }
    if (hasPresenceChanged) this.presence.announce();
  }
}
