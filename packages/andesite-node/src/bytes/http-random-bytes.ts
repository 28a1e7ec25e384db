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
import type { ReadAhead } from "./read-ahead.ts";

/** Largest gap that is read over, which is faster than another request. */
const maxGapBytes = 64 * 1024;
/** First time without bytes after which the file is requested again. */
const firstStallMs = 4_000;

/** Share of the announced size from which on an early end is believed. */
const nearEnd = 0.9;

/** A server has announced a size that is too large: the file ends here. */
class EarlyEnd extends Error {}

/** Body of a response, and the end of its part of the file as promised by its `Content-Range`. */
interface RangeBody {
  readonly bytes: HttpBody;
  readonly end: number;
}

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
  readonly #readAhead: ReadAhead | null;
  #body: RangeBody | undefined;
  /** The body before a jump, while the container is opened: the index of a file is often at its end. */
  #parked: RangeBody | undefined;

  /** @param range - Range of the response; it starts at byte 0. */
  constructor(source: HttpSource, result: HttpResult, range: ContentRange & { readonly size: number }) {
    const { size } = range;
    this.#source = source;
    this.size = size;
    this.contentType = contentTypeOf(result.response.headers);
    this.#body = { bytes: new HttpBody(result.response, 0, source.limits.stallMs), end: range.end };
    this.#readAhead = source.openReadAhead();
    this.#blocks = new BlockReader(
      size,
      source.limits,
      (start, end, signal, canWait) => this.#fetchBlock(start, end, signal, canWait),
      this.#readAhead,
    );
  }

  readAhead(bytesPerSecond: number | null): void {
    this.#blocks.readAhead(bytesPerSecond);
  }

  read(start: number, end: number): Promise<Uint8Array> {
    return this.#blocks.read(start, end);
  }

  close(): void {
    this.#source.close();
    this.#closeBody();
    this.#parked?.bytes.close();
    this.#blocks.close();
  }

  async #fetchBlock(
    start: number,
    end: number,
    signal: AbortSignal,
    canWait: () => boolean,
  ): Promise<Uint8Array> {
    // A read that waits for the server ends with the connection.
    const giveUp = (): void => this.#closeBody();
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      return await this.#readBlock(start, end, signal, canWait);
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  async #readBlock(
    start: number,
    end: number,
    signal: AbortSignal,
    canWait: () => boolean,
  ): Promise<Uint8Array> {
    const block = new Uint8Array(end - start);
    let failures = 0;
    let shortResponses = 0;
    for (let filled = 0; filled < block.length; ) {
      try {
        const { bytes, end: promisedEnd } = await this.#bodyAt(start + filled, signal);
        const stallMs = Math.min(this.#source.limits.stallMs, firstStallMs * 2 ** failures);
        const part = await bytes.read(block.length - filled, stallMs);
        if (part === undefined) {
          shortResponses += 1;
          // Servers may send shorter ranges than requested (RFC 9110, section 15.3.7), but not an unlimited
          // number of them.
          if (bytes.position === promisedEnd && shortResponses < this.#source.limits.tries) this.#closeBody();
          else throw new ConnectionError("The server closed the connection in the middle of the file.");
        } else {
          block.set(part, filled);
          filled += part.length;
        }
      } catch (error) {
        this.#closeBody();
        signal.throwIfAborted();
        if (error instanceof EarlyEnd) return block.subarray(0, filled);
        failures = this.#source.countFailure(failures, canWait());
        await this.#source.prepareRetry(error, failures, signal);
      }
    }
    return block;
  }

  async #bodyAt(position: number, signal: AbortSignal): Promise<RangeBody> {
    if (this.#body && (await advance(this.#body, position))) return this.#body;
    const left = this.#body;
    this.#body = this.#parked;
    this.#parked = undefined;
    // Once a file is played, a connection to where it was before only costs its server.
    if (left && left.bytes.position < left.end && !this.#readAhead?.isStarted) this.#parked = left;
    else left?.bytes.close();
    if (this.#body && (await advance(this.#body, position))) return this.#body;
    this.#closeBody();
    this.#body = await this.#openBody(position, signal);
    return this.#body;
  }

  async #openBody(position: number, signal: AbortSignal): Promise<RangeBody> {
    const result = await this.#source.request({ range: `bytes=${position}-` }, signal);
    if (result.response.statusCode === 416 && position >= nearEnd * this.size) {
      result.response.destroy();
      throw new EarlyEnd();
    }
    const start = result.response.statusCode === 200 ? 0 : position;
    const bytes = new HttpBody(result.response, start, this.#source.limits.stallMs);
    try {
      const end = this.#checkResponse(result, start);
      while (bytes.position < position && (await bytes.read(position - bytes.position)) !== undefined);
      return { bytes, end };
    } catch (error) {
      bytes.close();
      throw error;
    }
  }

  /**
   * Checks that a response is a part of the same file. Its size decides: many servers send another entity tag or date with
   * each response, as those behind a load balancer do. Returns the end of the part.
   */
  #checkResponse(result: HttpResult, position: number): number {
    const { statusCode, headers } = result.response;
    const range = this.#rangeOf(result);
    if (statusCode === 416 || (range?.size && range.size !== this.size)) {
      throw new TrackError("The file changed while it was being played.", "SUSPICIOUS");
    }
    if (range === null || range.start !== position) {
      throw new TrackError("The server sent a different part of the file than requested.", "SUSPICIOUS");
    }
    rejectCompression(headers);
    return range.end;
  }

  /** Returns the part of the file in a response; null if it is not known. */
  #rangeOf({ response: { statusCode, headers } }: HttpResult): ContentRange | null {
    if (statusCode === 200) {
      const size = parseContentLength(headers["content-length"]) ?? this.size;
      return { start: 0, end: size, size };
    }
    const header = headers["content-range"];
    // Some servers send the length of the part in place of that of the file.
    const last = /^\s*bytes\s+\d+-(\d+)\//i.exec(header ?? "")?.[1];
    const isToEnd = Number(last) + 1 === this.size;
    return parseContentRange(isToEnd ? header?.replace(/\/.*$/s, `/${this.size}`) : header);
  }

  #closeBody(): void {
    this.#body?.bytes.close();
    this.#body = undefined;
  }
}

/** Moves a body to a position at or shortly behind its own. Returns whether it arrived there. */
async function advance({ bytes }: RangeBody, position: number): Promise<boolean> {
  const gap = position - bytes.position;
  if (gap < 0 || gap > maxGapBytes) return false;
  while (bytes.position < position && (await bytes.read(position - bytes.position)) !== undefined);
  return bytes.position === position;
}
