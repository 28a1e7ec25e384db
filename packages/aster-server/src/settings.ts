import type { Limits } from "@asterite/aster-protocol";
import type { PasswordPolicy } from "./auth/password-policy.ts";
import type { TrustedProxies } from "./connection/proxy/trusted-proxies.ts";

/** Resource limits of one connection. Times are in ms, sizes in bytes. */
export interface ConnectionLimits {
  /** Time limit of the TLS handshake. Default 10 000. */
  readonly handshakeTimeoutMs: number;
  /** Time limit of the first byte, which determines the framing. Default 30 000. */
  readonly firstByteTimeoutMs: number;
  /** Time limit from the first byte of a line to its last, while the server reads. Default 60 000. */
  readonly lineTimeoutMs: number;
  /** Time after which a client that reads none of its pending data is disconnected. Default 60 000. */
  readonly stallTimeoutMs: number;
  /**
   * Time after which a client that sends no requests is disconnected. Default `Infinity`, no limit, because
   * deployed clients stay silent for hours; TCP keep-alive detects dead peers.
   */
  readonly idleTimeoutMs: number;
  /**
   * Interval of the WebSocket pings to clients that negotiated extensions, which keep their connections open in
   * proxies. Default 25 000.
   */
  readonly pingIntervalMs: number;
  /**
   * Limit of queued push bytes, above which a client that reads too slowly is disconnected. Default 16 MiB.
   */
  readonly queuedBytes: number;
  /** Rate of requests, above which they are delayed; `Infinity` for no limit. Default 100. */
  readonly requestsPerSecond: number;
  /** Requests in a burst before the rate applies. Default 400. */
  readonly requestBurst: number;
}

/** Default values of {@link ConnectionLimits}. */
export const defaultConnectionLimits: ConnectionLimits = Object.freeze({
  handshakeTimeoutMs: 10_000,
  firstByteTimeoutMs: 30_000,
  lineTimeoutMs: 60_000,
  stallTimeoutMs: 60_000,
  idleTimeoutMs: Number.POSITIVE_INFINITY,
  pingIntervalMs: 25_000,
  queuedBytes: 16 * 1024 * 1024,
  requestsPerSecond: 100,
  requestBurst: 400,
});

/** Name and icon of the server; replaced as a whole when they change. */
export interface ServerIdentity {
  readonly name: string;
  /** Base64 of a PNG. */
  readonly icon: string;
}

/**
 * Who may register: all, holders of an invite, none, or all in the local network and others by invite.
 */
export type RegistrationMode = "open" | "invite" | "closed" | "local";

/** Limits that commands check; see the capacity limits of the same names. */
export interface Quotas {
  readonly registrationsPerHour: number;
  readonly profileChangesPerHour: number;
  readonly syncBytes: number;
  readonly syncServers: number;
}

/** Settings of a server that do not change while it runs. */
export interface Settings {
  /** Base64 of the PNG picture of new accounts. */
  readonly defaultPicture: string;
  /** SHA-256 of that picture, which `hello` announces. */
  readonly defaultPictureHash: string;
  /** Protocol version sent first on every connection. asterpy rejects majors other than 0. */
  readonly apiVersion: readonly [major: number, minor: number, patch: number] | undefined;
  /** Whether a login to an unknown account is answered like a wrong password. */
  readonly hidesUnknownAccounts: boolean;
  /** Whether nothing but `hello`, `login` and `register` works before a login, and no push is sent. */
  readonly loginRequired: boolean;
  readonly registration: RegistrationMode;
  /** Rules for new passwords. */
  readonly passwords: PasswordPolicy;
  /** Time in seconds after which an unused session token expires; `Infinity` for never. */
  readonly tokenIdleSeconds: number;
  /** Keys of channel states that only users with `manage_messages` in the channel may set. */
  readonly reservedStateKeys: ReadonlySet<string>;
  readonly limits: Limits;
  readonly connection: ConnectionLimits;
  readonly proxies: TrustedProxies;
  readonly quotas: Quotas;
}
