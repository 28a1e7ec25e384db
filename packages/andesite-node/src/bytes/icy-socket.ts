import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { codeOf } from "./http-errors.ts";

const icyStatus = Buffer.from("ICY ");
const httpStatus = Buffer.from("HTTP/1.0 ");

/**
 * Whether a request failed as it does where a server answers `ICY 200 OK`. What the parser has seen of the answer
 * may be cut anywhere, so any other first line counts, too.
 */
export const isPerhapsIcy = (error: unknown): boolean => codeOf(error) === "HPE_INVALID_CONSTANT";

/** A socket on which an answer that begins with `ICY` arrives as one of HTTP/1.0. */
export class IcySocket extends Duplex {
  readonly #socket: Socket;
  /** The first bytes, until they are enough to tell; null when that is done. */
  #start: Buffer | null = Buffer.alloc(0);

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on("connect", () => this.emit("connect"));
    socket.on("data", (data: Buffer) => this.#take(data));
    socket.on("end", () => {
      if (this.#start) this.push(this.#start);
      this.push(null);
    });
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#socket.write(chunk, callback);
  }

  override _final(callback: () => void): void {
    this.#socket.end(callback);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#socket.destroy();
    callback(error);
  }

  #take(data: Buffer): void {
    let bytes = data;
    if (this.#start) {
      bytes = Buffer.concat([this.#start, data]);
      this.#start = bytes;
      if (bytes.length < icyStatus.length) return;
      this.#start = null;
      if (icyStatus.equals(bytes.subarray(0, icyStatus.length))) {
        bytes = Buffer.concat([httpStatus, bytes.subarray(icyStatus.length)]);
      }
    }
    if (!this.push(bytes)) this.#socket.pause();
  }
}
