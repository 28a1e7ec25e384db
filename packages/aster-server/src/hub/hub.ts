import type { ExtensionName } from "@asterite/aster-protocol";
import type { OutgoingPacket } from "./outgoing-packet.ts";
import { Presence } from "./presence.ts";
import type { Receiver } from "./subscriber.ts";

/** Whom a packet is for. Plain data, so that a hub may also ask other processes. */
export type Audience = (
  | /** Every open connection, logged in or not. */ { readonly kind: "everyone" }
  | /** Every connection that is logged in. */ {
      readonly kind: "users";
    } /** Logged-in connections whose user may read the channel. */
  | { readonly kind: "readers"; readonly channel: number }
  | /** The sessions of one user. */ { readonly kind: "user"; readonly user: number }
) & {
  /** Only connections that asked for this extension. */
  readonly extension?: ExtensionName;
  /** Nobody who is logged in as this user. */
  readonly exceptUser?: number;
  /** All but this connection. */
  readonly exceptConnection?: number;
  /** Only connections that did not ask for this extension. */
  readonly lacking?: ExtensionName;
  /** Only connections that have not said `hello`. */
  readonly onlyLegacy?: boolean;
};

/** Presence, and the way from one event to its many receivers. */
export interface Hub {
  /** Who is online, in all processes. */
  readonly presence: Presence;
  /** Makes a connection known, before it has sent anything. */
  join(receiver: Receiver): void;
  /** The client of a connection said what it understands. */
  extended(receiver: Receiver): void;
  /** Counts a session of the receiver's user. */
  sessionOpened(receiver: Receiver): void;
  /** Forgets a connection; says whether it was its user's last session. */
  leave(receiver: Receiver): { readonly wentOffline: boolean };
  /** Hands a packet to its audience, in the order of calls. */
  publish(audience: Audience, packet: OutgoingPacket): void;
  /** Hands every user who is online a packet of their own. */
  publishToEach(packetFor: (user: number) => OutgoingPacket): void;
  /** Ends every session of a user, or all but one connection. */
  cutUser(user: number, reason: string, exceptConnection?: number): void;
}

/** What the hub asks about permissions. */
export interface Permits {
  /** Whether the user gets to know what is said in the channel; the answer never changes. */
  mayRead(channel: number, user: number): boolean;
}

/** Channels whose readers are remembered at most. */
const rememberedChannels = 100;

const fits = (receiver: Receiver, audience: Audience): boolean =>
  (audience.extension === undefined || receiver.extensions.has(audience.extension)) &&
  (audience.lacking === undefined || !receiver.extensions.has(audience.lacking)) &&
  (audience.exceptUser === undefined || receiver.user !== audience.exceptUser) &&
  receiver.id !== audience.exceptConnection &&
  !(audience.onlyLegacy && receiver.extensions.size > 0);

/** The hub of a server that is one process. */
export class LocalHub implements Hub {
  readonly presence = new Presence();
  readonly #receivers = new Set<Receiver>();
  /** Those that said nothing of what they understand: few, and asked for at every login. */
  readonly #legacy = new Set<Receiver>();
  readonly #sessions = new Map<number, Set<Receiver>>();
  readonly #permits: () => Permits;
  /** Sessions by channel that they may read: good as long as nobody comes or goes and permissions stay. */
  readonly #readers = new Map<number, Receiver[]>();
  #readersBy: Permits | undefined;

  /** @param permits gives another object when something has changed. */
  constructor(permits: () => Permits) {
    this.#permits = permits;
  }

  join(receiver: Receiver): void {
    this.#receivers.add(receiver);
    this.presence.join(receiver);
    if (receiver.extensions.size === 0) this.#legacy.add(receiver);
    else this.extended(receiver);
  }

  extended(receiver: Receiver): void {
    this.presence.extended(receiver);
    if (receiver.extensions.size === 0) this.#legacy.add(receiver);
    else this.#legacy.delete(receiver);
  }

  sessionOpened(receiver: Receiver): void {
    if (receiver.user === undefined) return;
    this.#readers.clear();
    const sessions = this.#sessions.get(receiver.user);
    if (sessions) {
      sessions.add(receiver);
      return;
    }
    this.#sessions.set(receiver.user, new Set([receiver]));
    this.presence.came(receiver.user);
  }

  leave(receiver: Receiver): { readonly wentOffline: boolean } {
    this.#receivers.delete(receiver);
    this.#legacy.delete(receiver);
    this.presence.leave(receiver);
    if (receiver.user !== undefined) this.#readers.clear();
    const sessions = receiver.user === undefined ? undefined : this.#sessions.get(receiver.user);
    if (!sessions?.delete(receiver) || sessions.size > 0 || receiver.user === undefined) {
      return { wentOffline: false };
    }
    this.#sessions.delete(receiver.user);
    this.presence.left(receiver.user);
    return { wentOffline: !this.presence.has(receiver.user) };
  }

  /** Whether a user has a session in this process. */
  hasSession(user: number): boolean {
    return this.#sessions.has(user);
  }

  /** Ends every connection. */
  cutAll(reason: string): void {
    for (const receiver of [...this.#receivers]) receiver.cut(reason);
  }

  publish(audience: Audience, packet: OutgoingPacket): void {
    if (audience.kind === "everyone") {
      this.#deliver(audience.onlyLegacy ? this.#legacy : this.#receivers, audience, packet);
    } else if (audience.kind === "user") {
      this.#deliver(this.#sessions.get(audience.user) ?? [], audience, packet);
    } else if (audience.kind === "readers") {
      this.#deliver(this.#readersOf(audience.channel), audience, packet);
    } else {
      for (const sessions of this.#sessions.values()) this.#deliver(sessions, audience, packet);
    }
  }

  publishToEach(packetFor: (user: number) => OutgoingPacket): void {
    for (const [user, sessions] of this.#sessions) {
      const packet = packetFor(user);
      for (const receiver of sessions) receiver.deliver(packet);
    }
  }

  cutUser(user: number, reason: string, exceptConnection?: number): void {
    for (const receiver of [...(this.#sessions.get(user) ?? [])]) {
      if (receiver.id !== exceptConnection) receiver.cut(reason);
    }
  }

  #readersOf(channel: number): readonly Receiver[] {
    const permits = this.#permits();
    if (permits !== this.#readersBy || this.#readers.size >= rememberedChannels) this.#readers.clear();
    this.#readersBy = permits;
    let readers = this.#readers.get(channel);
    if (!readers) {
      readers = [];
      for (const [user, sessions] of this.#sessions) {
        if (permits.mayRead(channel, user)) readers.push(...sessions);
      }
      this.#readers.set(channel, readers);
    }
    return readers;
  }

  #deliver(receivers: Iterable<Receiver>, audience: Audience, packet: OutgoingPacket): void {
    for (const receiver of receivers) {
      if (fits(receiver, audience)) receiver.deliver(packet);
    }
  }
}
