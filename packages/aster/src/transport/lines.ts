import type { Socket } from "node:net";
import { AsterError } from "../errors.ts";
import { recognizeProtocol, silentCloseError } from "./connect-error.ts";
import { openSocket } from "./socket.ts";
import type { OpenTransport, Target, Transport, TransportEvents } from "./transport.ts";

/** Opens a connection with one packet per line, over TLS or plain TCP. */
export const openLines: OpenTransport = async (target, events, signal) =>
  new LineTransport(await openSocket(target, signal), events, target);

const newline = 0x0a;

class LineTransport implements Transport {
  readonly #socket: Socket;
  readonly #events: TransportEvents;
  readonly #packetBytes: number;
  /** Received chunks of the incomplete last line. */
  #chunks: Buffer[] = [];
  #length = 0;
  #failure: Error | undefined;
  /** Whether this side closed the connection. */
  #isClosing = false;

  constructor(socket: Socket, events: TransportEvents, target: Target) {
    this.#socket = socket;
    this.#events = events;
    this.#packetBytes = target.packetBytes;
    socket.once("data", (first: Buffer) => {
      this.#failure ??= recognizeProtocol(first, target);
      if (this.#failure) socket.destroy();
    });
    socket.on("error", (error) => {
      this.#failure ??= error;
    });
    socket.on("data", (chunk: Buffer) => this.#splitLines(chunk));
    socket.once("close", () => {
      const isSilent = socket.bytesRead === 0 && !this.#isClosing;
      events.closed(isSilent ? silentCloseError(target, this.#failure) : this.#failure);
    });
  }

  get bytesReceived(): number {
    return this.#socket.bytesRead;
  }

  send(text: string): void {
    if (this.#socket.writable) this.#socket.write(`${text}\n`);
  }

  close(): void {
    this.#isClosing = true;
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#isClosing = true;
    this.#socket.destroy();
  }

  /** Splits at newline bytes before decoding: in UTF-8, no other character contains that byte. */
  #splitLines(chunk: Buffer): void {
    if (this.#socket.destroyed) return;
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
