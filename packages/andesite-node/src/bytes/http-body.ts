import type { IncomingMessage } from "node:http";
import { ConnectionError } from "./http-errors.ts";

/** The body of an answer, taken piece by piece and no faster than it is taken. */
export class HttpBody {
  readonly #response: IncomingMessage;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #stallMs: number;
  /** Of the last chunk what has not been taken. */
  #rest: Uint8Array = new Uint8Array();
  #position: number;

  /** @param position - Where in the file the body begins. */
  constructor(response: IncomingMessage, position: number, stallMs: number) {
    this.#response = response;
    this.#chunks = response[Symbol.asyncIterator]();
    this.#position = position;
    this.#stallMs = stallMs;
  }

  /** Where in the file the next byte belongs. */
  get position(): number {
    return this.#position;
  }

  /**
   * Takes the next bytes, from one to `limit` of them; undefined at the end.
   *
   * @throws ConnectionError when the connection broke, or the server sent nothing for too long.
   */
  async take(limit = Number.POSITIVE_INFINITY): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const chunk = await this.#next();
      if (chunk === undefined) return undefined;
      this.#rest = chunk;
    }
    const part = this.#rest.subarray(0, Math.min(limit, this.#rest.length));
    this.#rest = this.#rest.subarray(part.length);
    this.#position += part.length;
    return part;
  }

  /** Ends the connection; what waits for bytes is rejected. */
  close(): void {
    this.#response.destroy();
  }

  async #next(): Promise<Uint8Array | undefined> {
    const timer = setTimeout(
      () => this.#response.destroy(new ConnectionError("The server stopped sending.")),
      this.#stallMs,
    );
    try {
      const result = await this.#chunks.next();
      return result.done ? undefined : result.value;
    } catch (error) {
      throw error instanceof ConnectionError
        ? error
        : new ConnectionError("The connection broke.", { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}
