import type { RandomBytes } from "@asterite/audio/media";
import { TrackError } from "@asterite/audio/media";
import { BlockReader } from "./block-reader.ts";
import { type ContentRange, contentTypeOf, parseContentRange, rejectCompression } from "./content-headers.ts";
import type { HttpResult } from "./follow-redirects.ts";
import { HttpBody } from "./http-body.ts";
import { ConnectionError } from "./http-errors.ts";
import type { HttpSource } from "./http-source.ts";

/** Validators of a response (RFC 9110, section 8.8), by which a changed file is recognised. */
interface Validators {
  readonly url: string;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

const validatorsOf = ({ url, response }: HttpResult): Validators => ({
  url: url.href,
  etag: response.headers.etag,
  lastModified: response.headers["last-modified"],
});

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
  #validators: Validators;
  #body: HttpBody | undefined;
  /** End of the current body as promised by its `Content-Range`. */
  #promisedEnd: number;

  /** @param range - Range of the response; it starts at byte 0. */
  constructor(source: HttpSource, result: HttpResult, range: ContentRange & { readonly size: number }) {
    const { size } = range;
    this.#source = source;
    this.size = size;
    this.contentType = contentTypeOf(result.response.headers);
    this.#validators = validatorsOf(result);
    this.#promisedEnd = range.end;
    this.#body = new HttpBody(result.response, 0, source.limits.stallMs);
    this.#blocks = new BlockReader(size, source.limits, (start, end) => this.#fetchBlock(start, end));
  }

  read(start: number, end: number): Promise<Uint8Array> {
    return this.#blocks.read(start, end);
  }

  close(): void {
    this.#source.close();
    this.#closeBody();
    this.#blocks.clear();
  }

  async #fetchBlock(start: number, end: number): Promise<Uint8Array> {
    const block = new Uint8Array(end - start);
    let failures = 0;
    let shortResponses = 0;
    for (let filled = 0; filled < block.length; ) {
      try {
        const body = await this.#bodyAt(start + filled);
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
        failures += 1;
        await this.#source.prepareRetry(error, failures);
      }
    }
    return block;
  }

  async #bodyAt(position: number): Promise<HttpBody> {
    const body = this.#body;
    if (body?.position === position) return body;
    if (body && body.position < position && position - body.position <= this.#source.limits.blockBytes) {
      // Reading over a small gap is faster than another request.
      while (body.position < position && (await body.read(position - body.position)) !== undefined);
      if (body.position === position) return body;
    }
    this.#closeBody();
    this.#body = await this.#openBody(position);
    return this.#body;
  }

  async #openBody(position: number): Promise<HttpBody> {
    const { etag, lastModified } = this.#validators;
    // If-Range does not allow weak entity tags; those are compared in #checkResponse.
    const validator = etag?.startsWith('"') ? etag : lastModified;
    const result = await this.#source.request({
      range: `bytes=${position}-`,
      ...(validator === undefined ? {} : { "if-range": validator }),
    });
    const body = new HttpBody(result.response, position, this.#source.limits.stallMs);
    try {
      this.#checkResponse(result, position);
    } catch (error) {
      body.close();
      throw error;
    }
    return body;
  }

  #checkResponse(result: HttpResult, position: number): void {
    const { statusCode, headers } = result.response;
    const now = validatorsOf(result);
    const before = this.#validators;
    const isSameAddress = now.url === before.url;
    const isChanged = isSameAddress && (now.etag !== before.etag || now.lastModified !== before.lastModified);
    if (statusCode !== 206 || isChanged) {
      throw new TrackError(
        isChanged || statusCode === 416
          ? "The file changed while it was being played."
          : "The server did not send the requested part of the file.",
        "SUSPICIOUS",
      );
    }
    const range = parseContentRange(headers["content-range"]);
    if (range === null || range.start !== position) {
      throw new TrackError("The server sent a different part of the file than requested.", "SUSPICIOUS");
    }
    if (range.size !== null && range.size !== this.size) {
      throw new TrackError("The file changed while it was being played.", "SUSPICIOUS");
    }
    rejectCompression(headers);
    this.#validators = now;
    this.#promisedEnd = range.end;
  }

  #closeBody(): void {
    this.#body?.close();
    this.#body = undefined;
  }
}
