import type { Limits } from "@asterite/aster-protocol";

/** Bounds on what one connection may cost. Times are in milliseconds, sizes in bytes. */
export interface ConnectionLimits {
  /** Longest time for the TLS handshake. Default 10 000. */
  readonly handshakeTimeoutMs: number;
  /** Longest time until the first byte, which decides the framing. Default 30 000. */
  readonly firstByteTimeoutMs: number;
  /** Longest time from the first byte of a line to its last, while it is read. Default 60 000. */
  readonly lineTimeoutMs: number;
  /** Longest time in which a client may take nothing of what waits for it. Default 60 000. */
  readonly stallTimeoutMs: number;
  /**
   * Longest time in which a client may send nothing. `Infinity`: no limit, which is the default, because deployed
   * clients wait for hours without a word; connections whose peer is gone are found by TCP keep-alive.
   */
  readonly idleTimeoutMs: number;
  /** Most bytes of pushes that may wait for a client that reads too slowly. Default 16 MiB. */
  readonly queuedBytes: number;
  /** Requests per second; over it a connection is not read for a while. `Infinity`: no limit. Default 100. */
  readonly requestsPerSecond: number;
  /** Requests that may come at once before the rate counts. Default 400. */
  readonly requestBurst: number;
}

/** The bounds of a server that was told nothing else. */
export const defaultConnectionLimits: ConnectionLimits = Object.freeze({
  handshakeTimeoutMs: 10_000,
  firstByteTimeoutMs: 30_000,
  lineTimeoutMs: 60_000,
  stallTimeoutMs: 60_000,
  idleTimeoutMs: Number.POSITIVE_INFINITY,
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

/** What commands and connections are told about this server. */
export interface Settings {
  /** Base64 of the PNG that new accounts get. */
  readonly defaultPicture: string;
  /** The first packet of every connection. Majors other than 0 shut asterpy out. */
  readonly apiVersion: readonly [major: number, minor: number, patch: number];
  readonly limits: Limits;
  readonly connection: ConnectionLimits;
}
