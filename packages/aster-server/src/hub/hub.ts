import type { ExtensionName } from "@asterite/aster-protocol";
import type { OutgoingPacket } from "./outgoing-packet.ts";
import { Presence } from "./presence.ts";
import type { Subscriber } from "./subscriber.ts";

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
  join(receiver: Subscriber): void;
  /** The client of a connection said what it understands. */
  updateExtensions(receiver: Subscriber): void;
  /** Counts a session of the receiver's user. */
  openSession(receiver: Subscriber): void;
  /** Forgets a connection; says whether it was its user's last session. */
  leave(receiver: Subscriber): { readonly wentOffline: boolean };
  /** Hands a packet to its audience, in the order of calls. */
  publish(audience: Audience, packet: OutgoingPacket): void;
  /** Hands every user who is online a packet of their own. */
  publishToEach(packetFor: (user: number) => OutgoingPacket): void;
  /** Ends every session of a user, or all but one connection. */
  disconnectUser(user: number, reason: string, exceptConnection?: number): void;
}

/** What the hub asks about permissions. */
export interface ReadAccess {
  /** Whether the user gets to know what is said in the channel; the answer never changes. */
  canRead(channel: number, user: number): boolean;
}

/** Channels whose readers are remembered at most. */
const maxCachedChannels = 100;

const isInAudience = (receiver: Subscriber, audience: Audience): boolean =>
  (audience.extension === undefined || receiver.extensions.has(audience.extension)) &&
  (audience.lacking === undefined || !receiver.extensions.has(audience.lacking)) &&
  (audience.exceptUser === undefined || receiver.user !== audience.exceptUser) &&
  receiver.id !== audience.exceptConnection &&
  !(audience.onlyLegacy && receiver.extensions.size > 0);

/** The hub of a server that is one process. */
export class LocalHub implements Hub {
  readonly presence = new Presence();
  readonly #subscribers = new Set<Subscriber>();
  /** Those that said nothing of what they understand: few, and asked for at every login. */
  readonly #legacy = new Set<Subscriber>();
  readonly #sessions = new Map<number, Set<Subscriber>>();
  readonly #readAccess: () => ReadAccess;
  /** Sessions by channel that they may read: good as long as nobody comes or goes and permissions stay. */
  readonly #readers = new Map<number, Subscriber[]>();
  #readersAccess: ReadAccess | undefined;

  /** @param permits gives another object when something has changed. */
  constructor(permits: () => ReadAccess) {
    this.#readAccess = permits;
  }

  join(receiver: Subscriber): void {
    this.#subscribers.add(receiver);
    this.presence.join(receiver);
    if (receiver.extensions.size === 0) this.#legacy.add(receiver);
    else this.updateExtensions(receiver);
  }

  updateExtensions(receiver: Subscriber): void {
    this.presence.updateExtensions(receiver);
    if (receiver.extensions.size === 0) this.#legacy.add(receiver);
    else this.#legacy.delete(receiver);
  }

  openSession(receiver: Subscriber): void {
    if (receiver.user === undefined) return;
    this.#readers.clear();
    const sessions = this.#sessions.get(receiver.user);
    if (sessions) {
      sessions.add(receiver);
      return;
    }
    this.#sessions.set(receiver.user, new Set([receiver]));
    this.presence.addUser(receiver.user);
  }

  leave(receiver: Subscriber): { readonly wentOffline: boolean } {
    this.#subscribers.delete(receiver);
    this.#legacy.delete(receiver);
    this.presence.leave(receiver);
    if (receiver.user !== undefined) this.#readers.clear();
    const sessions = receiver.user === undefined ? undefined : this.#sessions.get(receiver.user);
    if (!sessions?.delete(receiver) || sessions.size > 0 || receiver.user === undefined) {
      return { wentOffline: false };
    }
    this.#sessions.delete(receiver.user);
    this.presence.removeUser(receiver.user);
    return { wentOffline: !this.presence.has(receiver.user) };
  }

  /** Whether a user has a session in this process. */
  hasSession(user: number): boolean {
    return this.#sessions.has(user);
  }

  /** Ends every connection. */
  disconnectAll(reason: string): void {
    for (const receiver of [...this.#subscribers]) receiver.disconnect(reason);
  }

  publish(audience: Audience, packet: OutgoingPacket): void {
    if (audience.kind === "everyone") {
      this.#deliver(audience.onlyLegacy ? this.#legacy : this.#subscribers, audience, packet);
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

  disconnectUser(user: number, reason: string, exceptConnection?: number): void {
    for (const receiver of [...(this.#sessions.get(user) ?? [])]) {
      if (receiver.id !== exceptConnection) receiver.disconnect(reason);
    }
  }

  #readersOf(channel: number): readonly Subscriber[] {
    const permits = this.#readAccess();
    if (permits !== this.#readersAccess || this.#readers.size >= maxCachedChannels) this.#readers.clear();
    this.#readersAccess = permits;
    let readers = this.#readers.get(channel);
    if (!readers) {
      readers = [];
      for (const [user, sessions] of this.#sessions) {
        if (permits.canRead(channel, user)) readers.push(...sessions);
      }
      this.#readers.set(channel, readers);
    }
    return readers;
  }

  #deliver(receivers: Iterable<Subscriber>, audience: Audience, packet: OutgoingPacket): void {
    for (const receiver of receivers) {
      if (isInAudience(receiver, audience)) receiver.deliver(packet);
    }
  }
}
