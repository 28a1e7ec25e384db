import type { AbstractWebSocket } from "./abstract-web-socket.ts";
import type { AbstractWebSocketClient } from "./abstract-web-socket-client.ts";

/** A connection was established, for the first time or again. */
export class WebSocketConnectEvent {
  /** The client that is connected now. */
  readonly client: AbstractWebSocketClient;

  constructor(client: AbstractWebSocketClient) {
    this.client = client;
  }
}

/** A connection ended. */
export class WebSocketDisconnectEvent {
  /** The client that is no longer connected. */
  readonly client: AbstractWebSocketClient;
  /** Whether this program wanted it; false when the connection was lost. */
  readonly deliberate: boolean;

  constructor(client: AbstractWebSocketClient, deliberate: boolean) {
    this.client = client;
    this.deliberate = deliberate;
  }
}

/** A JSON object was received. */
export class RawMsgReceiveEvent {
  /** The client that received it. */
  readonly client: AbstractWebSocket;
  /** Exactly what was parsed; it is not changed later. */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(client: AbstractWebSocket, body: Readonly<Record<string, unknown>>) {
    this.client = client;
    this.body = body;
  }
}

/** A message is about to be sent; it may still fail to be transmitted. */
export class RawMsgSendEvent {
  /** The client that sends it. */
  readonly client: AbstractWebSocket;
  /** The guild that it is for. */
  readonly guildId: string;
  /** Name of the operation on the wire. */
  readonly op: string;
  /** The whole message. */
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

/**
 * Something went wrong that no promise tells: a message of the node makes no sense, a store failed while a player
 * was to be restored, a lost connection was given up. The client goes on as well as it can.
 */
export class ProblemEvent {
  /** The client that met it. */
  readonly client: AbstractWebSocket;
  /** What was thrown; a `MalformedDataError` for a message of the node. */
  readonly error: unknown;

  constructor(client: AbstractWebSocket, error: unknown) {
    this.client = client;
    this.error = error;
  }
}
