import type { ExtensionName } from "@asterite/aster-protocol";
import { EndedSessions } from "./ended-sessions.ts";
import type { OutgoingPacket } from "./outgoing-packet.ts";
import { Presence } from "./presence.ts";
import type { Subscriber } from "./subscriber.ts";

/** Every open connection, logged in or not. */
interface EveryoneAudience {
  readonly type: "everyone";
}

/** Every logged-in connection. */
interface UsersAudience {
  readonly type: "users";
}

/** Logged-in connections whose user may read the channel. */
interface ReadersAudience {
  readonly type: "readers";
  readonly channel: number;
}

/** The sessions of one user. */
interface UserAudience {
  readonly type: "user";
  readonly user: number;
}

/** Conditions that narrow an audience; all of them must hold. */
interface AudienceFilter {
  /** Only connections that negotiated this extension. */
  readonly extension?: ExtensionName;
  /** Excludes the sessions of this user. */
  readonly exceptUser?: number;
  /** Excludes this connection. */
  readonly exceptConnection?: number;
  /** Only connections that did not negotiate this extension. */
  readonly lacking?: ExtensionName;
  /** Only connections that negotiated no extensions. */
  readonly onlyLegacy?: boolean;
  /** Only connections with the extension `pictures` (`hashed`), or only those without it (`included`). */
  readonly pictures?: "hashed" | "included";
  /** Only connections with the extension `files`, or only those without it. */
  readonly files?: boolean;
}

/** The connections that receive a packet. Plain data, because it is also sent to the other processes. */
export type Audience = (EveryoneAudience | UsersAudience | ReadersAudience | UserAudience) & AudienceFilter;

/** A packet with its audience. */
export interface AddressedPacket {
  readonly audience: Audience;
  readonly packet: OutgoingPacket;
}

/** Distributes packets to connections and tracks presence. */
export interface Hub {
  /** Users who are online in any process. */
  readonly presence: Presence;
  /** Registers a connection before its first request. */
  join(subscriber: Subscriber): void;
  /** Applies the extensions that a client negotiated with `hello`. */
  updateExtensions(subscriber: Subscriber): void;
  /** Adds the connection to the sessions of its user. */
  openSession(subscriber: Subscriber): void;
  /** Removes a connection. Returns whether its user went offline. */
  leave(subscriber: Subscriber): { readonly wentOffline: boolean };
  /**
   * Delivers a packet to its audience, in the order of the calls. Returns the number of connections to this process
   * that it was delivered to.
   */
  publish(audience: Audience, packet: OutgoingPacket): number;
  /** Delivers a separate packet to each user who is online. */
  publishToEach(packetFor: (user: number) => OutgoingPacket): void;
  /** Closes every session of a user except, if given, one connection. */
  disconnectUser(user: number, reason: string, exceptConnection?: number): void;
  /** Closes every session that a token opened or was issued to, except, if given, one connection. */
  disconnectToken(token: number, reason: string, exceptConnection?: number): void;
  /**
   * Returns whether sessions of an account or a token were closed at a time or later.
   *
   * @param since - Time in ms of `performance.now`.
   */
  hasEndedSessions(since: number, user: number, token: number | undefined): boolean;
}

/** Read permissions, as far as the hub needs them. Immutable: a change replaces the object. */
export interface ReadAccess {
  /** Returns whether the user may read the messages of the channel. */
  canRead(channel: number, user: number): boolean;
}

/** Number of channels whose readers are cached. */
const maxCachedChannels = 100;

const isInAudience = (subscriber: Subscriber, audience: Audience): boolean =>
  (audience.extension === undefined || subscriber.extensions.has(audience.extension)) &&
  (audience.lacking === undefined || !subscriber.extensions.has(audience.lacking)) &&
  (audience.exceptUser === undefined || subscriber.user !== audience.exceptUser) &&
  subscriber.id !== audience.exceptConnection &&
  !(audience.onlyLegacy && subscriber.extensions.size > 0) &&
  (audience.files === undefined || audience.files === subscriber.extensions.has("files")) &&
  (audience.pictures === undefined ||
    (audience.pictures === "hashed") === subscriber.extensions.has("pictures"));

/** The hub of one process. */
export class LocalHub implements Hub {
  readonly presence = new Presence();
  readonly #subscribers = new Set<Subscriber>();
  /** Connections that negotiated no extensions. Kept separately because every login is broadcast to them. */
  readonly #legacy = new Set<Subscriber>();
  readonly #sessions = new Map<number, Set<Subscriber>>();
  readonly #readAccess: () => ReadAccess;
  /** Sessions by channel they may read; valid until a session opens or ends or permissions change. */
  readonly #readers = new Map<number, Subscriber[]>();
  #readersAccess: ReadAccess | undefined;
  readonly #ended = new EndedSessions();

  /** @param readAccess - Returns the current permissions: another object after each change. */
  constructor(readAccess: () => ReadAccess) {
    this.#readAccess = readAccess;
  }

  join(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
    this.presence.join(subscriber);
    if (subscriber.extensions.size === 0) this.#legacy.add(subscriber);
    else this.updateExtensions(subscriber);
  }

  updateExtensions(subscriber: Subscriber): void {
    this.presence.updateExtensions(subscriber);
    if (subscriber.extensions.size === 0) this.#legacy.add(subscriber);
    else this.#legacy.delete(subscriber);
  }

  openSession(subscriber: Subscriber): void {
    if (subscriber.user === undefined) return;
    this.#readers.clear();
    const sessions = this.#sessions.get(subscriber.user);
    if (sessions) {
      sessions.add(subscriber);
      return;
    }
    this.#sessions.set(subscriber.user, new Set([subscriber]));
    this.presence.addUser(subscriber.user);
  }

  leave(subscriber: Subscriber): { readonly wentOffline: boolean } {
    this.#subscribers.delete(subscriber);
    this.#legacy.delete(subscriber);
    this.presence.leave(subscriber);
    if (subscriber.user !== undefined) this.#readers.clear();
    const sessions = subscriber.user === undefined ? undefined : this.#sessions.get(subscriber.user);
    if (!sessions?.delete(subscriber) || sessions.size > 0 || subscriber.user === undefined) {
      return { wentOffline: false };
    }
    this.#sessions.delete(subscriber.user);
    this.presence.removeUser(subscriber.user);
    return { wentOffline: !this.presence.has(subscriber.user) };
  }

  /** Returns whether a user has a session in this process. */
  hasSession(user: number): boolean {
    return this.#sessions.has(user);
  }

  /** Closes every connection. */
  disconnectAll(reason: string): void {
    for (const subscriber of [...this.#subscribers]) subscriber.disconnect(reason);
  }

  publish(audience: Audience, packet: OutgoingPacket): number {
    if (audience.type === "everyone") {
      return this.#deliver(audience.onlyLegacy ? this.#legacy : this.#subscribers, audience, packet);
    }
    if (audience.type === "user") {
      return this.#deliver(this.#sessions.get(audience.user) ?? [], audience, packet);
    }
    if (audience.type === "readers") {
      return this.#deliver(this.#readersOf(audience.channel), audience, packet);
    }
    let deliveries = 0;
    for (const sessions of this.#sessions.values()) deliveries += this.#deliver(sessions, audience, packet);
    return deliveries;
  }

  publishToEach(packetFor: (user: number) => OutgoingPacket): void {
    for (const [user, sessions] of this.#sessions) {
      const packet = packetFor(user);
      for (const subscriber of sessions) subscriber.deliver(packet);
    }
  }

  disconnectUser(user: number, reason: string, exceptConnection?: number): void {
    this.#ended.add(`user:${user}`);
    for (const subscriber of [...(this.#sessions.get(user) ?? [])]) {
      if (subscriber.id !== exceptConnection) subscriber.disconnect(reason);
    }
  }

  disconnectToken(token: number, reason: string, exceptConnection?: number): void {
    this.#ended.add(`token:${token}`);
    for (const sessions of [...this.#sessions.values()]) {
      for (const subscriber of [...sessions]) {
        if (subscriber.token === token && subscriber.id !== exceptConnection) subscriber.disconnect(reason);
      }
    }
  }

  hasEndedSessions(since: number, user: number, token: number | undefined): boolean {
    return this.#ended.hasSince(since, user, token);
  }

  #readersOf(channel: number): readonly Subscriber[] {
    const access = this.#readAccess();
    if (access !== this.#readersAccess || this.#readers.size >= maxCachedChannels) this.#readers.clear();
    this.#readersAccess = access;
    let readers = this.#readers.get(channel);
    if (!readers) {
      readers = [];
      for (const [user, sessions] of this.#sessions) {
        if (access.canRead(channel, user)) readers.push(...sessions);
      }
      this.#readers.set(channel, readers);
    }
    return readers;
  }

  #deliver(subscribers: Iterable<Subscriber>, audience: Audience, packet: OutgoingPacket): number {
    let deliveries = 0;
    for (const subscriber of subscribers) {
      if (!isInAudience(subscriber, audience)) continue;
      subscriber.deliver(packet);
      deliveries++;
    }
    return deliveries;
  }
}
