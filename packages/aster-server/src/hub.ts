import type { OutgoingPacket } from "./outgoing.ts";

/** One receiver of packets. */
export interface Receiver {
  /** The account that is logged in here, if any. */
  readonly user: number | undefined;
  /** Takes a packet; never waits and never throws. */
  deliver(packet: OutgoingPacket): void;
}

/** Whom a packet is for. Plain data, so that a hub may also ask other processes. */
export type Audience =
  /** Every open connection, logged in or not. */
  | { readonly kind: "everyone" }
  /** Logged-in connections whose user may read the channel. */
  | { readonly kind: "readers"; readonly channel: number };

/** Presence, and the way from one event to its many receivers. */
export interface Hub {
  /** Makes a connection known, before it has sent anything. */
  join(receiver: Receiver): void;
  /** Counts a session of the receiver's user. */
  sessionOpened(receiver: Receiver): void;
  /** Forgets a connection; says whether it was its user's last session. */
  leave(receiver: Receiver): { readonly wentOffline: boolean };
  /** Users with at least one session. */
  online(): number[];
  /** Hands a packet to its audience, in the order of calls. */
  publish(audience: Audience, packet: OutgoingPacket): void;
}

/** What the hub asks about permissions. */
export type MayRead = (channel: number, user: number) => boolean;

/** The hub of a server that is one process. */
export class LocalHub implements Hub {
  readonly #receivers = new Set<Receiver>();
  readonly #sessions = new Map<number, Set<Receiver>>();
  readonly #mayRead: MayRead;

  constructor(mayRead: MayRead) {
    this.#mayRead = mayRead;
  }

  join(receiver: Receiver): void {
    this.#receivers.add(receiver);
  }

  sessionOpened(receiver: Receiver): void {
    if (receiver.user === undefined) return;
    const sessions = this.#sessions.get(receiver.user);
    if (sessions) sessions.add(receiver);
    else this.#sessions.set(receiver.user, new Set([receiver]));
  }

  leave(receiver: Receiver): { readonly wentOffline: boolean } {
    this.#receivers.delete(receiver);
    const sessions = receiver.user === undefined ? undefined : this.#sessions.get(receiver.user);
    if (!sessions?.delete(receiver) || sessions.size > 0 || receiver.user === undefined) {
      return { wentOffline: false };
    }
    this.#sessions.delete(receiver.user);
    return { wentOffline: true };
  }

  online(): number[] {
    return [...this.#sessions.keys()];
  }

  publish(audience: Audience, packet: OutgoingPacket): void {
    if (audience.kind === "everyone") {
      for (const receiver of this.#receivers) receiver.deliver(packet);
      return;
    }
    for (const [user, sessions] of this.#sessions) {
      if (!this.#mayRead(audience.channel, user)) continue;
      for (const receiver of sessions) receiver.deliver(packet);
    }
  }
}
