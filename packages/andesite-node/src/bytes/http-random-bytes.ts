import type { RandomBytes } from "@asterite/audio/media";
import { TrackError } from "@asterite/audio/media";
import { BlockReader } from "./block-reader.ts";
import {
  type ContentRange,
  contentTypeOf,
  parseContentLength,
  parseContentRange,
  rejectCompression,
} from "./content-headers.ts";
import type { HttpResult } from "./follow-redirects.ts";
import { HttpBody } from "./http-body.ts";
import { ConnectionError } from "./http-errors.ts";
import type { HttpSource } from "./http-source.ts";

/**
 * A file on a server that supports ranges. Sequential reads continue the same response; a jump sends another
 * request. After a failure the file is requested again from the missing byte.
 */
export class HttpRandomBytes implements RandomBytes {
  readonly type = "random";
  readonly isLocal = false;
  readonly size: number;
  readonly contentType: string | null;
  readonly #source: HttpSource;
  readonly #blocks: BlockReader;
  #body: HttpBody | undefined;
  /** End of the current body as promised by its `Content-Range`. */
  #promisedEnd: number;

  /** @param range - Range of the response; it starts at byte 0. */
  constructor(source: HttpSource, result: HttpResult, range: ContentRange & { readonly size: number }) {
    const { size } = range;
    this.#source = source;
    this.size = size;
    this.contentType = contentTypeOf(result.response.headers);
    this.#promisedEnd = range.end;
    this.#body = new HttpBody(result.response, 0, source.limits.stallMs);
    this.#blocks = new BlockReader(size, source.limits, (start, end, signal) =>
      this.#fetchBlock(start, end, signal),
    );
  }

  read(start: number, end: number): Promise<Uint8Array> {
    return this.#blocks.read(start, end);
  }

  close(): void {
    this.#source.close();
    this.#closeBody();
    this.#blocks.close();
  }

  async #fetchBlock(start: number, end: number, signal: AbortSignal): Promise<Uint8Array> {
    // A read that waits for the server ends with the connection.
    const giveUp = (): void => this.#closeBody();
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      return await this.#readBlock(start, end, signal);
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  async #readBlock(start: number, end: number, signal: AbortSignal): Promise<Uint8Array> {
    const block = new Uint8Array(end - start);
    let failures = 0;
    let shortResponses = 0;
    for (let filled = 0; filled < block.length; ) {
      try {
        const body = await this.#bodyAt(start + filled, signal);
        const part = await body.read(block.length - filled);
        if (part === undefined) {
          shortResponses += 1;
          // Servers may send shorter ranges than requested (RFC 9110, section 15.3.7), but not an unlimited
          // number of them.
          if (body.position === this.#promisedEnd && shortResponses < this.#source.limits.tries)
            this.#closeBody();
          else throw new ConnectionError("The server closed the connection in the middle of the file.");
        } else {
          block.set(part, filled);
          filled += part.length;
        }
      } catch (error) {
        this.#closeBody();
        signal.throwIfAborted();
        failures += 1;
        await this.#source.prepareRetry(error, failures);
      }
    }
    return block;
  }

  async #bodyAt(position: number, signal: AbortSignal): Promise<HttpBody> {
    const body = this.#body;
    if (body?.position === position) return body;
    if (body && body.position < position && position - body.position <= this.#source.limits.blockBytes) {
      // Reading over a small gap is faster than another request.
      while (body.position < position && (await body.read(position - body.position)) !== undefined);
      if (body.position === position) return body;
    }
    this.#closeBody();
    this.#body = await this.#openBody(position, signal);
    return this.#body;
  }

  async #openBody(position: number, signal: AbortSignal): Promise<HttpBody> {
    const result = await this.#source.request({ range: `bytes=${position}-` }, signal);
    const isWhole = result.response.statusCode === 200;
    const body = new HttpBody(result.response, isWhole ? 0 : position, this.#source.limits.stallMs);
    try {
      this.#checkResponse(result, isWhole ? 0 : position);
      while (body.position < position && (await body.read(position - body.position)) !== undefined);
    } catch (error) {
      body.close();
      throw error;
    }
    return body;
  }

  /**
   * Checks that a response is a part of the same file. Its size decides: many servers send another entity tag or date with
   * each response, as those behind a load balancer do.
   */
  #checkResponse(result: HttpResult, position: number): void {
    const { statusCode, headers } = result.response;
    const length = statusCode === 200 ? parseContentLength(headers["content-length"]) : null;
    const range =
      length === null ? parseContentRange(headers["content-range"]) : { start: 0, end: length, size: length };
    if (statusCode === 416 || (range?.size && range.size !== this.size)) {
      throw new TrackError("The file changed while it was being played.", "SUSPICIOUS");
    }
    if (range === null || range.start !== position) {
      throw new TrackError("The server sent a different part of the file than requested.", "SUSPICIOUS");
    }
    rejectCompression(headers);
    this.#promisedEnd = range.end;
  }

  #closeBody(): void {
    this.#body?.close();
    this.#body = undefined;
  }
}
