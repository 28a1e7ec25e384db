import type { Socket } from "node:net";
import { AsterError } from "../errors.ts";
import { openSocket } from "./socket.ts";
import type { OpenTransport, Transport, TransportEvents } from "./transport.ts";

/** Opens a connection with one packet per line, over TLS or plain TCP. */
export const openLines: OpenTransport = async (target, events, signal) =>
  new LineTransport(await openSocket(target, signal), events, target.packetBytes);

const newline = 0x0a;

class LineTransport implements Transport {
  readonly #socket: Socket;
  readonly #events: TransportEvents;
  readonly #packetBytes: number;
  /** Received chunks of the incomplete last line. */
  #chunks: Buffer[] = [];
  #length = 0;
  #failure: Error | undefined;

  constructor(socket: Socket, events: TransportEvents, packetBytes: number) {
    this.#socket = socket;
    this.#events = events;
    this.#packetBytes = packetBytes;
    socket.on("error", (error) => {
      this.#failure ??= error;
    });
    socket.on("data", (chunk: Buffer) => this.#splitLines(chunk));
    socket.once("close", () => events.closed(this.#failure));
  }

  get bytesReceived(): number {
    return this.#socket.bytesRead;
  }

  send(text: string): void {
    if (this.#socket.writable) this.#socket.write(`${text}\n`);
  }

  close(): void {
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Splits at newline bytes before decoding: in UTF-8, no other character contains that byte. */
  #splitLines(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const tail = chunk.subarray(start, end);
      start = end + 1;
      if (this.#length + tail.length > this.#packetBytes) {
        this.#rejectOversized();
        return;
      }
      this.#events.received(this.#length === 0 ? tail.toString() : this.#completeLine(tail));
      // The packet may have caused the session to close the connection.
      if (this.#socket.destroyed) return;
    }
    if (start === chunk.length) return;
    this.#chunks.push(start === 0 ? chunk : chunk.subarray(start));
    this.#length += chunk.length - start;
    if (this.#length > this.#packetBytes) this.#rejectOversized();
  }

  #completeLine(tail: Buffer): string {
    const line = Buffer.concat([...this.#chunks, tail]).toString();
    this.#chunks = [];
    this.#length = 0;
    return line;
  }

  #rejectOversized(): void {
    this.#chunks = [];
    this.#length = 0;
    const text = `packet exceeds ${this.#packetBytes} bytes`;
    this.#failure ??= new AsterError("PROTOCOL_VIOLATION", text);
    this.#socket.destroy();
  }
}
