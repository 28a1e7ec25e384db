import { readFile } from "node:fs/promises";
import { TokenBucket } from "@asterite/util";
import type { ConnectionLimits, Quotas } from "../settings.ts";
import { defaultUnsentBytes } from "./unsent-budget.ts";

/**
 * Limits on what all connections, those of an address and those of an account may use together. Counts are at
 * least 1; `Infinity` disables a limit. An IPv6 /64 network counts as one address. A guest is a connection
 * that is not logged in.
 */
export interface CapacityLimits extends Quotas {
  /**
   * Open connections. Further ones are closed at once. Default 10 000, lowered to 80 % of the open files that
   * the process may have, so that the database, the status port and the pages keep working.
   */
  readonly connections: number;
  /** Open connections of one address. Further ones are closed at once. Default 256. */
  readonly connectionsPerAddress: number;
  /**
   * New connections of one address per second, beyond ten times as many at once. Further ones are closed before their
   * TLS handshake. Default 20.
   */
  readonly newConnectionsPerSecond: number;
  /** Guests, above which the oldest one is disconnected. Default 1000. */
  readonly guests: number;
  /** Size of a message of a guest, in bytes. Default 65 536. */
  readonly guestMessageBytes: number;
  /**
   * Bytes of unfinished and waiting messages of all guests together, above which a guest that sends a long
   * message is disconnected. Default 32 MiB.
   */
  readonly guestBufferBytes: number;
  /** Time in ms after which a guest that sends no requests is disconnected. Default 600 000. */
  readonly guestIdleTimeoutMs: number;
  /**
   * Sessions of one account in this process, above which its oldest one is disconnected. All sessions of an
   * account share the request rate of one connection. Default 64.
   */
  readonly sessionsPerAccount: number;
  /**
   * Requests per second of all guests of one address together, unless `requestsPerSecond` is infinite. Default
   * 400.
   */
  readonly guestRequestsPerSecond: number;
  /** Accounts that one address registers per hour in all processes, without those by invite. Default 10. */
  readonly registrationsPerHour: number;
  /**
   * Names and pictures that an account may change to per hour, and how often it may declare itself as a bot; each
   * counted for itself. Every change is pushed to all connections. Default 30.
   */
  readonly profileChangesPerHour: number;
  /**
   * Bytes of pictures in the list of accounts for clients without the extension `pictures`, above which further
   * accounts have a picture of one pixel. Default 8 MiB.
   */
  readonly listedPictureBytes: number;
  /**
   * Time limit of a search, in ms. One search per account runs at a time; it ends with its connection. Default 5000.
   */
  readonly searchTimeoutMs: number;
  /**
   * Bytes that all clients together have not read yet, above which those with the most are disconnected. Default an
   * eighth of the machine's memory, at least 128 MiB.
   */
  readonly unsentBytes: number;
  /** Sync data of one account, in bytes of all texts in its profile and its list of servers. Default 1 MiB. */
  readonly syncBytes: number;
  /** Servers in the list of one account's sync data. Default 500. */
  readonly syncServers: number;
}

/** Default values of {@link CapacityLimits}. */
export const defaultCapacityLimits: CapacityLimits = Object.freeze({
  connections: 10_000,
  connectionsPerAddress: 256,
  newConnectionsPerSecond: 20,
  guests: 1000,
  guestMessageBytes: 64 * 1024,
  guestBufferBytes: 32 * 1024 * 1024,
  guestIdleTimeoutMs: 600_000,
  sessionsPerAccount: 64,
  guestRequestsPerSecond: 400,
  registrationsPerHour: 10,
  profileChangesPerHour: 30,
  listedPictureBytes: 8 * 1024 * 1024,
  searchTimeoutMs: 5000,
  unsentBytes: defaultUnsentBytes(),
  syncBytes: 1024 * 1024,
  syncServers: 500,
});

/** Share of the open files of the process that connections may take. */
const connectionShareOfFiles = 0.8;

/** Returns the open files that the system allows the process; infinity where it reports none (not Linux). */
async function readMaxOpenFiles(): Promise<number> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
}

/** Returns the default limits, with as many connections as the process may have open files. */
export async function fittingCapacityLimits(): Promise<CapacityLimits> {
  const fitting = Math.floor(connectionShareOfFiles * (await readMaxOpenFiles()));
  return { ...defaultCapacityLimits, connections: Math.min(defaultCapacityLimits.connections, fitting) };
}

/** Limits that limit nothing, for load tests; a message of a guest is as long as one of a session. */
export const unlimitedCapacity: CapacityLimits = Object.freeze({
  connections: Number.POSITIVE_INFINITY,
  connectionsPerAddress: Number.POSITIVE_INFINITY,
  newConnectionsPerSecond: Number.POSITIVE_INFINITY,
  guests: Number.POSITIVE_INFINITY,
  guestMessageBytes: Number.POSITIVE_INFINITY,
  guestBufferBytes: Number.POSITIVE_INFINITY,
  guestIdleTimeoutMs: Number.POSITIVE_INFINITY,
  sessionsPerAccount: Number.POSITIVE_INFINITY,
  guestRequestsPerSecond: Number.POSITIVE_INFINITY,
  registrationsPerHour: Number.POSITIVE_INFINITY,
  profileChangesPerHour: Number.POSITIVE_INFINITY,
  listedPictureBytes: Number.POSITIVE_INFINITY,
  // No limit by number, but one that protects the server from a single mistake.
  searchTimeoutMs: defaultCapacityLimits.searchTimeoutMs,
  unsentBytes: Number.POSITIVE_INFINITY,
  syncBytes: Number.POSITIVE_INFINITY,
  syncServers: Number.POSITIVE_INFINITY,
});

/** Seconds of the rate of new connections that an address may use at once. */
const connectionBurstSeconds = 10;
/** Seconds of the guests' rate that an address may use at once. */
const guestBurstSeconds = 4;
/** Addresses above which those without connections are forgotten, down to the second number. */
const maxRememberedAddresses = 20_000;
const rememberedAddressesAfterCleanup = 18_000;
/** Buffered bytes below which a guest is never disconnected for the sum, so that logins get through. */
const smallBufferBytes = 4096;

/** A connection as its limits see it. */
export interface LimitedConnection {
  readonly network: string;
  disconnect(reason: string): void;
}

interface AddressUse {
  connections: number;
  readonly newConnections: TokenBucket;
  readonly rate: TokenBucket;
}

interface AccountUse {
  readonly sessions: Set<LimitedConnection>;
  readonly rate: TokenBucket;
}

/** Counts what connections use, by address, account and in all, and enforces {@link CapacityLimits}. */
export class Capacity {
  readonly limits: CapacityLimits;
  readonly #connectionLimits: ConnectionLimits;
  readonly #now: () => number;
  #connections = 0;
  #guestBytes = 0;
  readonly #addresses = new Map<string, AddressUse>();
  readonly #accounts = new Map<number, AccountUse>();
  /** Guests in the order of their arrival. */
  readonly #guests = new Set<LimitedConnection>();

  constructor(limits: CapacityLimits, connectionLimits: ConnectionLimits, now: () => number) {
    this.limits = limits;
    this.#connectionLimits = connectionLimits;
    this.#now = now;
  }

  /** Bytes of unfinished and waiting messages of all guests. */
  get guestBytes(): number {
    return this.#guestBytes;
  }

  /** Number of addresses with connections or a rate that is used up. */
  get rememberedAddresses(): number {
    return this.#addresses.size;
  }

  /** Number of guests. */
  get guests(): number {
    return this.#guests.size;
  }

  /**
   * Counts a new connection. Returns the reason if it exceeds a limit; it is not counted then.
   *
   * @param network - Network of the client; undefined while it is unknown, as behind a proxy.
   */
  admit(network: string | undefined): string | undefined {
    if (this.#connections >= this.limits.connections) return "too many connections";
    const refusal = network === undefined ? undefined : this.admitAddress(network);
    if (refusal === undefined) this.#connections++;
    return refusal;
  }

  /** Counts a connection for its client. Returns the reason if it exceeds a limit; it is not counted then. */
  admitAddress(network: string): string | undefined {
    const use = this.#addressUse(network);
    const refusal = this.#count(use);
    if (refusal !== undefined || use.newConnections.tryTake()) return refusal;
    use.connections--;
    return "too many new connections of one address";
  }

  /**
   * Counts a page request like an open connection, until {@link releaseAddress}, but not like a new one: a proxy sends
   * many over one connection. Returns the reason if it exceeds a limit; it is not counted then.
   */
  admitRequest(network: string): string | undefined {
    return this.#count(this.#addressUse(network));
  }

  /** Ends the count of a connection. */
  release(network: string | undefined): void {
    this.#connections--;
    if (network !== undefined) this.releaseAddress(network);
  }

  /** Ends the count of a connection for its client. */
  releaseAddress(network: string): void {
    const use = this.#addresses.get(network);
    if (!use) return;
    use.connections--;
    if (use.connections === 0) this.#forgetAddress(network, use);
  }

  /** Adds a guest, and disconnects the oldest one above the limit. */
  addGuest(guest: LimitedConnection): void {
    this.#guests.add(guest);
    if (this.#guests.size <= this.limits.guests) return;
    const [oldest] = this.#guests;
    if (!oldest) return;
    this.#guests.delete(oldest);
    oldest.disconnect("too many guests");
  }

  /** Removes a guest that logged in or closed, with the bytes it had buffered. */
  removeGuest(guest: LimitedConnection, bufferedBytes: number): void {
    this.#guests.delete(guest);
    this.#guestBytes -= bufferedBytes;
  }

  /** Counts a change of a guest's buffered bytes. Returns whether they are within the limit. */
  resizeGuestBuffer(fromBytes: number, toBytes: number): boolean {
    this.#guestBytes += toBytes - fromBytes;
    return (
      toBytes <= Math.max(fromBytes, smallBufferBytes) || this.#guestBytes <= this.limits.guestBufferBytes
    );
  }

  /** Creates the rate of one connection. */
  createRate(): TokenBucket {
    const { requestsPerSecond, requestBurst } = this.#connectionLimits;
    return new TokenBucket(requestsPerSecond, requestBurst, this.#now);
  }

  /** Returns the rate that all guests of an address share. */
  guestRateOf(network: string): TokenBucket {
    return this.#addressUse(network).rate;
  }

  /** Adds a session of an account, disconnects the oldest above the limit, and returns their shared rate. */
  openSession(user: number, session: LimitedConnection): TokenBucket {
    let use = this.#accounts.get(user);
    if (!use) {
      use = { sessions: new Set(), rate: this.createRate() };
      this.#accounts.set(user, use);
    }
    use.sessions.add(session);
    const [oldest] = use.sessions;
    if (use.sessions.size > this.limits.sessionsPerAccount && oldest) {
      use.sessions.delete(oldest);
      oldest.disconnect("too many sessions of one account");
    }
    return use.rate;
  }

  /** Removes a session of an account. */
  closeSession(user: number, session: LimitedConnection): void {
    const use = this.#accounts.get(user);
    use?.sessions.delete(session);
    if (use?.sessions.size === 0) this.#accounts.delete(user);
  }

  #count(use: AddressUse): string | undefined {
    if (use.connections >= this.limits.connectionsPerAddress) return "too many connections of one address";
    use.connections++;
    return undefined;
  }

  #addressUse(network: string): AddressUse {
    let use = this.#addresses.get(network);
    if (!use) {
      const { requestsPerSecond } = this.#connectionLimits;
      const isUnlimited = requestsPerSecond === Number.POSITIVE_INFINITY;
      const perSecond = isUnlimited ? requestsPerSecond : this.limits.guestRequestsPerSecond;
      const { newConnectionsPerSecond } = this.limits;
      use = {
        connections: 0,
        newConnections: new TokenBucket(
          newConnectionsPerSecond,
          connectionBurstSeconds * newConnectionsPerSecond,
          this.#now,
        ),
        rate: new TokenBucket(perSecond, guestBurstSeconds * perSecond, this.#now),
      };
      this.#addresses.set(network, use);
    }
    return use;
  }

  /** Forgets an address, unless one of its rates is used up: a new connection would start with a full one. */
  #forgetAddress(network: string, use: AddressUse): void {
    this.#addresses.delete(network);
    if (use.rate.isFull && use.newConnections.isFull) return;
    // Behind the others: the address that left first is forgotten first.
    this.#addresses.set(network, use);
    if (this.#addresses.size <= maxRememberedAddresses) return;
    for (const [key, { connections }] of this.#addresses) {
      if (this.#addresses.size <= rememberedAddressesAfterCleanup) return;
      if (connections === 0) this.#addresses.delete(key);
    }
  }
}
