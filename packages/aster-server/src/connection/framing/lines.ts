import { isUtf8 } from "node:buffer";
import type { Socket } from "node:net";
import type { OutgoingPacket } from "../../hub/outgoing-packet.ts";
import type { Framing, FramingEvents } from "./framing.ts";

const newline = 0x0a;
const carriageReturn = 0x0d;

/** Newline-delimited JSON: one packet a line, a carriage return before the newline is dropped. */
export class LineFraming implements Framing {
  readonly kind = "lines";
  readonly #socket: Socket;
  readonly #events: FramingEvents;
  readonly #longestLine: number;
  readonly #longestMs: number;
  /** The beginning of a line whose end has not arrived. */
  #partial = Buffer.alloc(0);
  #partialLength = 0;
  #deadline: NodeJS.Timeout | undefined;
  #paused = false;
  #stopped = false;

  constructor(socket: Socket, events: FramingEvents, longestLine: number, longestMs: number) {
    this.#socket = socket;
    this.#events = events;
    this.#longestLine = longestLine;
    this.#longestMs = longestMs;
  }

  /** Takes the bytes that decided the framing, then listens for the rest. */
  start(first: Buffer): void {
    this.#socket.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#socket.on("end", () => this.#finish());
    this.#socket.once("close", () => clearTimeout(this.#deadline));
    this.#take(first);
  }

  encode(packet: OutgoingPacket, isNumbered: boolean): Buffer {
    return packet.line(isNumbered);
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#socket.resume();
  }

  end(): void {
    this.#socket.destroySoon();
  }

  #take(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.#emit(chunk.subarray(start, end));
      if (this.#stopped) return;
      start = end + 1;
    }
    if (start < chunk.length) {
      if (this.#partialLength === 0) this.#startDeadline();
      this.#keep(chunk.subarray(start));
      if (this.#partialLength > this.#longestLine) this.#refuseLine();
    }
  }

  #emit(tail: Buffer): void {
    let line = tail;
    if (this.#partialLength > 0) {
      this.#keep(tail);
      line = this.#partial.subarray(0, this.#partialLength);
      this.#drop();
    }
    if (line.at(-1) === carriageReturn) line = line.subarray(0, -1);
    if (line.length > this.#longestLine) this.#refuseLine();
    else if (!isUtf8(line)) this.#break("not UTF-8");
    else this.#events.received(line.toString("utf8"));
  }

  /** What is too long is answered like any garbage: with 400 for an unknown command. */
  #refuseLine(): void {
    this.#events.received("");
    this.#break("line too long");
  }

  /** Copies into one growing buffer: a list of chunks would let single bytes cost a hundred each. */
  #keep(bytes: Buffer): void {
    const length = this.#partialLength + bytes.length;
    if (length > this.#partial.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#partial.length));
      this.#partial.copy(larger, 0, 0, this.#partialLength);
      this.#partial = larger;
    }
    bytes.copy(this.#partial, this.#partialLength);
    this.#partialLength = length;
  }

  /** Otherwise a line that never ends would hold its memory for as long as its sender likes. */
  #startDeadline(): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => {
      // While we do not read, the sender cannot finish.
      if (this.#paused) this.#startDeadline();
      else this.#break("line not finished in time");
    }, this.#longestMs);
  }

  #drop(): void {
    clearTimeout(this.#deadline);
    this.#partial = Buffer.alloc(0);
    this.#partialLength = 0;
  }

  #break(reason: string): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#drop();
    this.#socket.removeAllListeners("data");
    this.#socket.pause();
    this.#events.broken(reason);
  }

  /** A last line without a newline is still a request. */
  #finish(): void {
    if (this.#stopped) return;
    if (this.#partialLength > 0) this.#emit(Buffer.alloc(0));
    if (!this.#stopped) this.#events.ended();
  }
}
