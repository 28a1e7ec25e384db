import { once } from "node:events";
import { isIPv6, type Socket } from "node:net";
import { WebSocket } from "ws";
import { type ConnectOptions, connectSignal, connectSocket, establish } from "./connect-socket.ts";
import { TestkitError } from "./errors.ts";
import { BasePacketClient } from "./packet-client.ts";

/** Options of {@link WebSocketClient.connect}. */
export interface WebSocketOptions extends ConnectOptions {
  /** Default: `/`. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocols?: readonly string[];
}

/** Sends and receives packets as WebSocket text messages, without compression. */
export class WebSocketClient extends BasePacketClient {
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;

  /**
   * Connects to a server.
   *
   * @throws TestkitError `CONNECTION_FAILED` with the cause, such as the HTTP status of a refusal.
   */
  static async connect(options: WebSocketOptions): Promise<WebSocketClient> {
    const { host = "127.0.0.1", port, plaintext = false, path = "/", headers = {}, protocols = [] } = options;
    const signal = connectSignal(options);
    const socket = await connectSocket(options, signal);
    const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
    const webSocket = new WebSocket(`${plaintext ? "ws" : "wss"}://${authority}${path}`, [...protocols], {
      // A separate socket, so that raw bytes can bypass the framing.
      createConnection: () => socket,
      headers: { ...headers },
      perMessageDeflate: false,
    });
    // Listens before the handshake completes: the first message may arrive together with its response.
    const client = new WebSocketClient(webSocket, socket);
    await establish(
      options,
      () => once(webSocket, "open", { signal }),
      () => {
        client.destroy();
        socket.destroy();
      },
    );
    return client;
  }

  private constructor(webSocket: WebSocket, socket: Socket) {
    super();
    this.#webSocket = webSocket;
    this.#socket = socket;
    webSocket.on("message", (data, isBinary) => {
      if (isBinary) this.fail(new TestkitError("BAD_PACKET", "a binary message"));
      else this.receive(data.toString());
    });
    webSocket.on("error", (error) => this.fail(error));
    // Without this, a reset would only be a close code.
    webSocket.on("open", () => socket.on("error", (error) => this.fail(error)));
    webSocket.on("close", (code, reason) => this.finish({ code, reason: reason.toString() }));
  }

  /** Subprotocol chosen by the server; empty if none. */
  get protocol(): string {
    return this.#webSocket.protocol;
  }

  get unsentBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  send(packet: object | string): void {
    // With a callback, sending on a closed connection does not throw.
    this.#webSocket.send(typeof packet === "string" ? packet : JSON.stringify(packet), () => {});
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  protected end(): void {
    this.#webSocket.close(1000);
  }

  protected destroy(): void {
    this.#webSocket.terminate();
  }
}
