import type { RandomBytes } from "@asterite/audio/media";
import { TrackError } from "@asterite/audio/media";
import { BlockReader } from "./block-reader.ts";
import { type ContentRange, contentTypeOf, parseContentRange, refuseEncoding } from "./content-headers.ts";
import { HttpBody } from "./http-body.ts";
import { ConnectionError } from "./http-errors.ts";
import type { HttpAnswer } from "./follow-redirects.ts";
import type { HttpSource } from "./http-source.ts";

/** What tells one state of a file from another. */
interface Validators {
  readonly url: string;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

const validatorsOf = ({ url, response }: HttpAnswer): Validators => ({
  url: url.href,
  etag: response.headers.etag,
  lastModified: response.headers["last-modified"],
});

/**
 * A file on a server that answers ranges. One answer is read on as long as the reads go forward; a jump asks for
 * another. What breaks is asked for again from the byte that is missing.
 */
export class HttpRandomBytes implements RandomBytes {
  readonly kind = "random";
  readonly size: number;
  readonly contentType: string | null;
  readonly #source: HttpSource;
  readonly #blocks: BlockReader;
  #validators: Validators;
  #body: HttpBody | undefined;
  /** Where the body under way ends by what its server promised. */
  #promisedEnd: number;

  /** @param range - What the answer holds; it begins with the first byte. */
  constructor(source: HttpSource, answer: HttpAnswer, range: ContentRange & { readonly size: number }) {
    const { size } = range;
    this.#source = source;
    this.size = size;
    this.contentType = contentTypeOf(answer.response.headers);
    this.#validators = validatorsOf(answer);
    this.#promisedEnd = range.end;
    this.#body = new HttpBody(answer.response, 0, source.limits.stallMs);
    this.#blocks = new BlockReader(size, source.limits, (start, end) => this.#fetch(start, end));
  }

  read(start: number, end: number): Promise<Uint8Array> {
    return this.#blocks.read(start, end);
  }

  close(): void {
    this.#source.close();
    this.#drop();
    this.#blocks.clear();
  }

  async #fetch(start: number, end: number): Promise<Uint8Array> {
    const block = new Uint8Array(end - start);
    let failures = 0;
    let answers = 0;
    for (let filled = 0; filled < block.length; ) {
      try {
        const body = await this.#bodyAt(start + filled);
        const part = await body.take(block.length - filled);
        if (part === undefined) {
          answers += 1;
          // Some servers send less at a time than they are asked for, which is their right; but not crumbs.
          if (body.position === this.#promisedEnd && answers < this.#source.limits.tries) this.#drop();
          else throw new ConnectionError("The server ended in the middle of the file.");
        } else {
          block.set(part, filled);
          filled += part.length;
        }
      } catch (error) {
        this.#drop();
        failures += 1;
        await this.#source.recover(error, failures);
      }
    }
    return block;
  }

  async #bodyAt(position: number): Promise<HttpBody> {
    const body = this.#body;
    if (body?.position === position) return body;
    if (body && body.position < position && position - body.position <= this.#source.limits.blockBytes) {
      // A small gap is sooner read over than asked around.
      while (body.position < position && (await body.take(position - body.position)) !== undefined);
      if (body.position === position) return body;
    }
    this.#drop();
    this.#body = await this.#open(position);
    return this.#body;
  }

  async #open(position: number): Promise<HttpBody> {
    const { etag, lastModified } = this.#validators;
    // If-Range takes no weak entity tag; those are compared below.
    const validator = etag?.startsWith('"') ? etag : lastModified;
    const answer = await this.#source.ask({
      range: `bytes=${position}-`,
      ...(validator === undefined ? {} : { "if-range": validator }),
    });
    const body = new HttpBody(answer.response, position, this.#source.limits.stallMs);
    try {
      this.#check(answer, position);
    } catch (error) {
      body.close();
      throw error;
    }
    return body;
  }

  #check(answer: HttpAnswer, position: number): void {
    const { statusCode, headers } = answer.response;
    const now = validatorsOf(answer);
    const before = this.#validators;
    const isSameAddress = now.url === before.url;
    const isChanged = isSameAddress && (now.etag !== before.etag || now.lastModified !== before.lastModified);
    if (statusCode !== 206 || isChanged) {
      throw new TrackError(
        isChanged || statusCode === 416
          ? "The file changed while it was played."
          : "The server does not send the part of the file that was asked for.",
        "SUSPICIOUS",
      );
    }
    const range = parseContentRange(headers["content-range"]);
    if (range === null || range.start !== position) {
      throw new TrackError("The server sends another part of the file than was asked for.", "SUSPICIOUS");
    }
    if (range.size !== null && range.size !== this.size) {
      throw new TrackError("The file changed while it was played.", "SUSPICIOUS");
    }
    refuseEncoding(headers);
    this.#validators = now;
    this.#promisedEnd = range.end;
  }

  #drop(): void {
    this.#body?.close();
    this.#body = undefined;
  }
}
