import type { LiveBytes } from "@asterite/audio/media";
import { TrackError } from "@asterite/audio/media";
import { contentTypeOf, parseContentLength } from "./content-headers.ts";
import { HttpBody } from "./http-body.ts";
import { ConnectionError } from "./http-errors.ts";
import type { HttpAnswer } from "./follow-redirects.ts";
import type { HttpSource } from "./http-source.ts";
import { decodeHeader, IcyTitles } from "./icy-titles.ts";

/** Asks for titles between the audio; servers that know none ignore it. */
export const icyRequest = Object.freeze({ "icy-metadata": "1" });

/** Titles between more audio than this are none that a server means. */
const longestInterval = 16 * 1024 * 1024;

const header = (answer: HttpAnswer, name: string): string | null => {
  const value = answer.response.headers[name];
  return typeof value === "string" && value.trim() !== "" ? decodeHeader(value).trim().slice(0, 512) : null;
};

/** Bytes between titles, as a server announces them; null without titles. */
function titleInterval(answer: HttpAnswer): number | null {
  const interval = Number(header(answer, "icy-metaint") ?? 0);
  return Number.isInteger(interval) && interval > 0 && interval <= longestInterval ? interval : null;
}

/** Whether an answer is one of internet radio. */
export const isRadio = (answer: HttpAnswer): boolean =>
  ["icy-metaint", "icy-name", "icy-br", "icy-genre", "icy-url"].some((name) => header(answer, name) !== null);

/**
 * Bytes that come once. After a loss, radio goes on with what is sent then, and a file at the byte that is
 * missing: it is read again from its start up to there.
 */
export class HttpLiveBytes implements LiveBytes {
  readonly kind = "live";
  readonly contentType: string | null;
  readonly endless: boolean;
  readonly stream: ReadableStream<Uint8Array>;
  readonly station: string | null;
  readonly #source: HttpSource;
  /** Of the whole file; null where there is none. */
  readonly #length: number | null;
  readonly #etag: string | undefined;
  readonly #isRadio: boolean;
  readonly #pending: Uint8Array[] = [];
  #body: HttpBody | undefined;
  #titles: IcyTitles | null = null;
  #title: string | null = null;
  /** Bytes of the file that have been taken. */
  #position = 0;
  /** Losses since a connection last proved its worth. */
  #failures = 0;

  constructor(source: HttpSource, answer: HttpAnswer) {
    this.#source = source;
    this.contentType = contentTypeOf(answer.response.headers);
    this.#length = parseContentLength(answer.response.headers["content-length"]);
    this.#etag = answer.response.headers.etag;
    this.#isRadio = isRadio(answer);
    this.endless = this.#isRadio || this.#length === null;
    this.station = header(answer, "icy-name");
    this.#start(answer);
    this.stream = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const part = await this.#next();
          if (part) controller.enqueue(part);
          else controller.close();
        },
        cancel: () => this.close(),
      },
      { highWaterMark: 0 },
    );
  }

  get title(): string | null {
    return this.#title;
  }

  close(): void {
    this.#source.close();
    this.#drop();
    this.#pending.length = 0;
  }

  #start(answer: HttpAnswer): HttpBody {
    const body = new HttpBody(answer.response, 0, this.#source.limits.stallMs);
    this.#body = body;
    const interval = titleInterval(answer);
    this.#titles =
      interval === null
        ? null
        : new IcyTitles(interval, (title) => {
            this.#title = title;
          });
    return body;
  }

  async #next(): Promise<Uint8Array | undefined> {
    while (true) {
      const ready = this.#pending.shift();
      if (ready) return ready;
      const part = await this.#take();
      if (part === undefined) return undefined;
      this.#pending.push(...(this.#titles?.filter(part) ?? [part]));
    }
  }

  async #take(): Promise<Uint8Array | undefined> {
    while (true) {
      try {
        const body = this.#body ?? (await this.#reopen());
        const part = await body.take();
        if (body.position >= this.#source.limits.blockBytes) this.#failures = 0;
        if (part) {
          this.#position += part.length;
          return part;
        }
        // A station has no end, so one that ends has lost its connection.
        if (!this.#isRadio) return undefined;
        throw new ConnectionError("The station ended the connection.");
      } catch (error) {
        this.#drop();
        this.#failures += 1;
        await this.#source.recover(error, this.#failures);
      }
    }
  }

  async #reopen(): Promise<HttpBody> {
    const answer = await this.#source.ask(icyRequest);
    const body = this.#start(answer);
    if (this.#isRadio) return body;
    const { headers } = answer.response;
    if (parseContentLength(headers["content-length"]) !== this.#length || headers.etag !== this.#etag) {
      throw new TrackError("The file changed while it was played.", "SUSPICIOUS");
    }
    while (body.position < this.#position) {
      if ((await body.take(this.#position - body.position)) === undefined) {
        throw new ConnectionError("The server ended in the middle of the file.");
      }
    }
    return body;
  }

  #drop(): void {
    this.#body?.close();
    this.#body = undefined;
  }
}
