import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { errorCodeOf } from "./http-errors.ts";

const icyStatus = Buffer.from("ICY ");
const httpStatus = Buffer.from("HTTP/1.0 ");

/**
 * Returns whether a request failed like one whose server answers `ICY 200 OK`. The parser may have seen only
 * a part of the status line, so any other malformed status line counts as well.
 */
export const isPossiblyIcy = (error: unknown): boolean => errorCodeOf(error) === "HPE_INVALID_CONSTANT";

/** A socket that replaces the `ICY` of a status line with `HTTP/1.0`. */
export class IcySocket extends Duplex {
  readonly #socket: Socket;
  /** First bytes until the protocol is known; null afterwards. */
  #prefix: Buffer | null = Buffer.alloc(0);

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on("connect", () => this.emit("connect"));
    socket.on("data", (data: Buffer) => this.#receive(data));
    socket.on("end", () => {
      if (this.#prefix) this.push(this.#prefix);
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

  #receive(data: Buffer): void {
    let bytes = data;
    if (this.#prefix) {
      bytes = Buffer.concat([this.#prefix, data]);
      this.#prefix = bytes;
      if (bytes.length < icyStatus.length) return;
      this.#prefix = null;
      if (icyStatus.equals(bytes.subarray(0, icyStatus.length))) {
        bytes = Buffer.concat([httpStatus, bytes.subarray(icyStatus.length)]);
      }
    }
    if (!this.push(bytes)) this.#socket.pause();
  }
}
