import { isUtf8 } from "node:buffer";
import type { Socket } from "node:net";
import type { OutgoingPacket } from "../../hub/outgoing-packet.ts";
import type { Framing, FramingListener } from "./framing.ts";

const newline = 0x0a;
const carriageReturn = 0x0d;

/** Newline-delimited JSON: one packet per line; a carriage return before the newline is dropped. */
export class LineFraming implements Framing {
  readonly type = "lines";
  readonly #socket: Socket;
  readonly #listener: FramingListener;
  readonly #timeoutMs: number;
  /** Received part of an incomplete line. */
  #partial = Buffer.alloc(0);
  #partialLength = 0;
  /** Chunk that is not read before the running requests have determined the size limit. */
  #held: Buffer | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #isPaused = false;
  #isStopped = false;

  constructor(socket: Socket, listener: FramingListener, timeoutMs: number) {
    this.#socket = socket;
    this.#listener = listener;
    this.#timeoutMs = timeoutMs;
  }

  /** Processes the bytes that determined the framing, then reads from the socket. */
  start(first: Buffer): void {
    this.#socket.on("data", (chunk: Buffer) => this.#handleChunk(chunk));
    this.#socket.on("end", () => this.finish());
    this.#socket.once("close", () => clearTimeout(this.#deadline));
    this.#handleChunk(first);
  }

  encode(packet: OutgoingPacket, withSeq: boolean): Buffer {
    return packet.line(withSeq);
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    const held = this.#held;
    this.#held = undefined;
    if (held) this.#handleChunk(held);
    if (!this.#isPaused && !this.#isStopped) this.#socket.resume();
  }

  end(): void {
    this.#socket.destroySoon();
  }

  #handleChunk(chunk: Buffer): void {
    if (
      this.#partialLength + chunk.length > this.#listener.maxMessageBytes &&
      this.#listener.isLimitPending
    ) {
      this.#held = chunk;
      this.pause();
      return;
    }
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.#emitLine(chunk.subarray(start, end));
      if (this.#isStopped) return;
      start = end + 1;
    }
    if (start < chunk.length) {
      if (this.#partialLength === 0) this.#startDeadline();
      this.#appendPartial(chunk.subarray(start));
      if (this.#partialLength > this.#listener.maxMessageBytes) this.#rejectLongLine();
    }
  }

  #emitLine(tail: Buffer): void {
    let line = tail;
    if (this.#partialLength > 0) {
      this.#appendPartial(tail);
      line = this.#partial.subarray(0, this.#partialLength);
      this.#clearPartial();
    }
    if (line.at(-1) === carriageReturn) line = line.subarray(0, -1);
    if (line.length > this.#listener.maxMessageBytes) this.#rejectLongLine();
    else if (!isUtf8(line)) this.#fail("invalid UTF-8");
    else this.#listener.handleRequest(line.toString("utf8"));
  }

  /** Has the line answered like any malformed request, with 400 for an unknown command, then fails. */
  #rejectLongLine(): void {
    this.#listener.handleRequest("");
    this.#fail("line too long");
  }

  /** Copies into one growing buffer. In a list of chunks each single byte could cost about 100 bytes. */
  #appendPartial(bytes: Buffer): void {
    const length = this.#partialLength + bytes.length;
    if (length > this.#partial.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#partial.length));
      this.#partial.copy(larger, 0, 0, this.#partialLength);
      this.#partial = larger;
    }
    bytes.copy(this.#partial, this.#partialLength);
    this.#partialLength = length;
    this.#listener.resizeUnfinished(length);
  }

  /** Limits the time for a line, so that a line that never ends cannot occupy memory indefinitely. */
  #startDeadline(): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => {
      // The sender cannot complete the line while the socket is paused.
      if (this.#isPaused) this.#startDeadline();
      else this.#fail("line timeout");
    }, this.#timeoutMs);
  }

  #clearPartial(): void {
    clearTimeout(this.#deadline);
    this.#partial = Buffer.alloc(0);
    this.#partialLength = 0;
    this.#listener.resizeUnfinished(0);
  }

  #fail(reason: string): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#clearPartial();
    this.#socket.removeAllListeners("data");
    this.#socket.pause();
    this.#listener.handleFramingError(reason);
  }

  /** Handles the end of the stream: treats a last line without a newline as a request. */
  finish(): void {
    if (this.#isStopped) return;
    if (this.#held) this.resume();
    if (this.#partialLength > 0) this.#emitLine(Buffer.alloc(0));
    if (!this.#isStopped) this.#listener.handleEnd();
  }
}
