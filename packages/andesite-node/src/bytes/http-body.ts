import type { IncomingMessage } from "node:http";
import { ConnectionError } from "./http-errors.ts";

/** Body of a response, read on demand, so that TCP back-pressure reaches the server. */
export class HttpBody {
  readonly #response: IncomingMessage;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #stallMs: number;
  /** Unread rest of the last chunk. */
  #unread: Uint8Array = new Uint8Array();
  #position: number;

  /** @param position - Offset in the file of the first byte of the body. */
  constructor(response: IncomingMessage, position: number, stallMs: number) {
    this.#response = response;
    this.#chunks = response[Symbol.asyncIterator]();
    this.#position = position;
    this.#stallMs = stallMs;
  }

  /** Offset in the file of the next byte. */
  get position(): number {
    return this.#position;
  }

  /**
   * Reads the next bytes, from 1 to `maxBytes`; undefined at the end.
   *
   * @throws ConnectionError when the connection breaks, or when the server sends no bytes for `stallMs`.
   */
  async read(maxBytes = Number.POSITIVE_INFINITY, stallMs = this.#stallMs): Promise<Uint8Array | undefined> {
    while (this.#unread.length === 0) {
      const chunk = await this.#readChunk(stallMs);
      if (chunk === undefined) return undefined;
      this.#unread = chunk;
    }
    const part = this.#unread.subarray(0, Math.min(maxBytes, this.#unread.length));
    this.#unread = this.#unread.subarray(part.length);
    this.#position += part.length;
    return part;
  }

  /** Closes the connection; a pending read rejects. */
  close(): void {
    this.#response.destroy();
  }

  async #readChunk(stallMs: number): Promise<Uint8Array | undefined> {
    const timer = setTimeout(
      () => this.#response.destroy(new ConnectionError("The server stopped sending.")),
      stallMs,
    );
    try {
      const result = await this.#chunks.next();
      return result.done ? undefined : result.value;
    } catch (error) {
      throw error instanceof ConnectionError
        ? error
        : new ConnectionError("The connection was lost.", { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}
