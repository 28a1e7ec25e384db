import type { DebugHook } from "../debug.ts";
import type { SocketListener, WebSocketLike } from "./socket.ts";

const encoder = new TextEncoder();

/** Socket with an entry in the debug log for each packet and for its end. */
export class DebuggedSocket implements WebSocketLike {
  readonly #socket: WebSocketLike;
  readonly #debug: DebugHook;
  readonly #address: string;

  constructor(socket: WebSocketLike, debug: DebugHook, address: string) {
    this.#socket = socket;
    this.#debug = debug;
    this.#address = address;
  }

  get open(): boolean {
    return this.#socket.open;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedBytes;
  }

  header(name: string): string | null {
    return this.#socket.header(name);
  }

  listen({ message, pong, close }: SocketListener): void {
    this.#socket.listen({
      pong,
      message: (text) => {
        this.#logPacket("packet-received", text);
        message(text);
      },
      close: (code, reason) => {
        this.#debug({ source: "socket", event: "closed", details: { address: this.#address, code, reason } });
        close(code, reason);
      },
    });
  }

  send(text: string, done: (error?: Error) => void): void {
    this.#logPacket("packet-sent", text);
    this.#socket.send(text, done);
  }

  ping(): boolean {
    return this.#socket.ping();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #logPacket(event: string, text: string): void {
    const details = { address: this.#address, ...describePacket(text), bytes: encoder.encode(text).length };
    this.#debug({ source: "socket", event, details });
  }
}

/** Returns operation, event type and guild of a packet, without its other contents. */
function describePacket(text: string): Readonly<Record<string, unknown>> {
  try {
    const { op, type, guildId } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return { op, ...(type !== undefined && { type }), ...(guildId !== undefined && { guildId }) };
  } catch {
    return { op: undefined };
  }
}
