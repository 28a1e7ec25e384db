import type { ConnectionError } from "../errors.ts";
import type { AbstractWebSocket } from "./abstract-web-socket.ts";
import type { AbstractWebSocketClient } from "./abstract-web-socket-client.ts";

/** Emitted when a connection was established, for the first time or again. */
export class WebSocketConnectEvent {
  /** Client that is now connected. */
  readonly client: AbstractWebSocketClient;

  constructor(client: AbstractWebSocketClient) {
    this.client = client;
  }
}

/**
 * Emitted for each failed attempt to connect. Attempts that end for good also reject what waits for them and
 * emit a `ProblemEvent`.
 */
export class WebSocketConnectFailedEvent {
  /** Client that tried to connect. */
  readonly client: AbstractWebSocketClient;
  /**
   * Reason, with the address: an `AuthenticationError` for a wrong password, a `WrongAddressError` for an
   * address that seems to be wrong.
   */
  readonly error: ConnectionError;
  /** Number of the attempt since the last connection, from 1. */
  readonly attempt: number;
  /** Time until the next attempt, in ms; null when there is none. */
  readonly retryInMs: number | null;

  constructor(
    client: AbstractWebSocketClient,
    error: ConnectionError,
    attempt: number,
    retryInMs: number | null,
  ) {
    this.client = client;
    this.error = error;
    this.attempt = attempt;
    this.retryInMs = retryInMs;
  }
}

/** Emitted when a connection ended. */
export class WebSocketDisconnectEvent {
  /** Client that is no longer connected. */
  readonly client: AbstractWebSocketClient;
  /** True after `disconnect`, `close` and `reset`; false when the connection was lost. */
  readonly deliberate: boolean;

  constructor(client: AbstractWebSocketClient, deliberate: boolean) {
    this.client = client;
    this.deliberate = deliberate;
  }
}

/** Emitted for each JSON object that was received, before it is handled. */
export class RawMsgReceiveEvent {
  /** Client that received the message. */
  readonly client: AbstractWebSocket;
  /** The parsed message. The library does not change it afterwards. */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(client: AbstractWebSocket, body: Readonly<Record<string, unknown>>) {
    this.client = client;
    this.body = body;
  }
}

/**
 * Emitted for each message before it is sent, even when sending fails: the client is closed, a pool has no
 * usable member, or the connection cannot be established. A pool emits it only in the first two cases, its
 * members otherwise.
 */
export class RawMsgSendEvent {
  /** Client that sends the message. */
  readonly client: AbstractWebSocket;
  /** Guild of the message. */
  readonly guildId: string;
  /** Name of the operation on the wire. */
  readonly op: string;
  /** The whole message, with `op` and `guildId`. */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(
    client: AbstractWebSocket,
    guildId: string,
    op: string,
    body: Readonly<Record<string, unknown>>,
  ) {
    this.client = client;
    this.guildId = guildId;
    this.op = op;
    this.body = body;
  }
}
