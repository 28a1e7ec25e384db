import type { Socket } from "node:net";
import { type ConnectOptions, connectSignal, connectSocket } from "./connect-socket.ts";
import { LineSplitter } from "./line-splitter.ts";
import { BasePacketClient } from "./packet-client.ts";

const maxLineLength = 64 * 1024 * 1024;

/**
 * Sends and receives packets as lines of JSON, over TLS or plain TCP. A last line without line feed is
 * ignored.
 */
export class LineClient extends BasePacketClient {
  readonly #socket: Socket;

  /**
   * Connects to a server.
   *
   * @throws TestkitError `CONNECTION_FAILED` with the cause.
   */
  static async connect(options: ConnectOptions): Promise<LineClient> {
    return new LineClient(await connectSocket(options, connectSignal(options)));
  }

  private constructor(socket: Socket) {
    super();
    this.#socket = socket;
    const splitter = new LineSplitter(maxLineLength);
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      for (const line of splitter.push(text)) this.receive(line);
    });
    // Node leaves a TLS socket open after a bad record, so an error has to close it here.
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => this.finish());
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  send(packet: object | string): void {
    this.write(`${typeof packet === "string" ? packet : JSON.stringify(packet)}\n`);
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  protected end(): void {
    this.#socket.end();
  }

  protected destroy(): void {
    this.#socket.destroy();
  }
}
