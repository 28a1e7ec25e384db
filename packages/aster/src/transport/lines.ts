import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import { AsterError } from "../errors.ts";
import type { OpenTransport, Transport, TransportEvents } from "./transport.ts";
import { checkTrust, tlsOptions } from "./trust.ts";

/** Opens a connection that carries one packet a line, over TLS or plain TCP. */
export const openLines: OpenTransport = (target, events, signal) => {
  signal.throwIfAborted();
  const { host, port, tls } = target;
  const socket = tls ? connectTls({ host, port, ...tlsOptions(target) }) : connectTcp({ host, port });
  return new Promise((resolve, reject) => {
    const abort = (): void => void socket.destroy(signal.reason);
    const fail = (error: Error): void => {
      signal.removeEventListener("abort", abort);
      socket.destroy();
      reject(error);
    };
    signal.addEventListener("abort", abort, { once: true });
    socket.once("error", fail);
    socket.once(tls ? "secureConnect" : "connect", () => {
      try {
        if (socket instanceof TLSSocket) checkTrust(socket, target);
      } catch (error) {
        fail(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      signal.removeEventListener("abort", abort);
      socket.off("error", fail);
      resolve(new LineTransport(socket, events, target.packetBytes));
    });
  });
};

class LineTransport implements Transport {
  readonly #socket: Socket;
  readonly #events: TransportEvents;
  readonly #packetBytes: number;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** Pieces of a line whose end has not arrived. */
  #pieces: string[] = [];
  #length = 0;
  #failure: Error | undefined;

  constructor(socket: Socket, events: TransportEvents, packetBytes: number) {
    this.#socket = socket;
    this.#events = events;
    this.#packetBytes = packetBytes;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.on("error", (error) => {
      this.#failure ??= error;
    });
    socket.on("data", (chunk: Buffer) => this.#take(this.#decoder.decode(chunk, { stream: true })));
    socket.once("close", () => events.closed(this.#failure));
  }

  send(text: string): void {
    if (this.#socket.writable) this.#socket.write(`${text}\n`);
  }

  close(): void {
    this.#socket.destroySoon();
  }

  #take(text: string): void {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      const tail = text.slice(start, end);
      const line = this.#length === 0 ? tail : this.#pieces.join("") + tail;
      this.#pieces = [];
      this.#length = 0;
      start = end + 1;
      this.#events.received(line);
    }
    if (start === text.length) return;
    this.#pieces.push(start === 0 ? text : text.slice(start));
    this.#length += text.length - start;
    if (this.#length > this.#packetBytes) {
      this.#failure ??= new AsterError(
        "PROTOCOL_VIOLATION",
        `a packet is longer than ${this.#packetBytes} bytes`,
      );
      this.#socket.destroy();
    }
  }
}
