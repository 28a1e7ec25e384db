import type { LiveBytes } from "@asterite/audio/media";
import { TrackError } from "@asterite/audio/media";
import { contentTypeOf, parseContentLength, rejectCompression } from "./content-headers.ts";
import type { HttpResult } from "./follow-redirects.ts";
import { HttpBody } from "./http-body.ts";
import { ConnectionError, HttpStatusError } from "./http-errors.ts";
import type { HttpSource } from "./http-source.ts";
import { decodeHeader, IcyTitleFilter } from "./icy-titles.ts";
import type { ReadAhead } from "./read-ahead.ts";

/** A piece of audio that was received and not read yet. */
interface Piece {
  readonly bytes: Uint8Array;
  /** Title of the audio; null before the first. */
  readonly title: string | null;
}

/** Requests titles interleaved with the audio; servers that do not support them ignore the header. */
export const icyRequestHeaders = Object.freeze({ "icy-metadata": "1" });

/** Bytes of a piece as sockets deliver them. */
const typicalPieceBytes = 64 * 1024;
/** Share of the announced length from which on an early end is believed. */
const nearEnd = 0.9;
/** Bytes that are compared with those of another response. */
const headBytes = 1_024;
/** Largest plausible `icy-metaint`. */
const maxTitleIntervalBytes = 16 * 1024 * 1024;

const textHeader = (result: HttpResult, name: string): string | null => {
  const value = result.response.headers[name];
  return typeof value === "string" && value.trim() !== "" ? decodeHeader(value).trim().slice(0, 512) : null;
};

/** Returns the bytes of audio between two titles as announced by the server; null without titles. */
function titleInterval(result: HttpResult): number | null {
  const interval = Number(textHeader(result, "icy-metaint") ?? 0);
  return Number.isInteger(interval) && interval > 0 && interval <= maxTitleIntervalBytes ? interval : null;
}

/** Returns whether a media type is that of a text or page, such as an error or login page. */
const isPage = (contentType: string | null): boolean =>
  contentType !== null && /^text\/|[/+](?:json|xml|xhtml)/.test(contentType);

/** Returns whether a response is internet radio. */
export const isRadio = (result: HttpResult): boolean =>
  ["icy-metaint", "icy-name", "icy-br", "icy-genre", "icy-url"].some(
    (name) => textHeader(result, name) !== null,
  );

/**
 * A stream that is read once, in order. After a loss, internet radio continues with what the station sends
 * then; a file is requested again and skipped up to the missing byte.
 */
export class HttpLiveBytes implements LiveBytes {
  readonly type = "live";
  readonly contentType: string | null;
  readonly endless: boolean;
  readonly stream: ReadableStream<Uint8Array>;
  readonly station: string | null;
  readonly #source: HttpSource;
  readonly length: number | null;
  /** Position at which a connection to a file was lost last. */
  #lostAt: number | undefined;
  /** Whether the response has no end, as its headers say, or as a second response with other bytes shows. */
  #isRadio: boolean;
  /** First bytes of a response. They distinguish a file from a station without headers of its own. */
  #head = Buffer.alloc(0);
  /** Whether the response says where it ends, and not the connection alone. */
  #isDelimited = true;
  /** Whether a response that does not say where it ends has ended. */
  #mayBeOver = false;
  readonly #readAhead: ReadAhead | null;
  readonly #pending: Piece[] = [];
  #body: HttpBody | undefined;
  #titleFilter: IcyTitleFilter | null = null;
  /** Title of the audio that was read last, and of that which was received last. */
  #title: string | null = null;
  #receivedTitle: string | null = null;
  /** The next pieces; undefined while none are waited for. */
  #receiving: Promise<void> | undefined;
  #hasEnded = false;
  /** Whether as much was read ahead as wanted, since the last wait of the caller. */
  #isFull = false;
  /** Bytes of the body that were read, over all connections. */
  #position = 0;
  /** Failures since a connection last delivered at least a block. */
  #failures = 0;

  constructor(source: HttpSource, result: HttpResult) {
    this.#source = source;
    this.#readAhead = source.openReadAhead();
    this.contentType = contentTypeOf(result.response.headers);
    this.length = parseContentLength(result.response.headers["content-length"]);
    this.#isRadio = isRadio(result);
    this.endless = this.#isRadio || this.length === null;
    this.station = textHeader(result, "icy-name");
    this.#startBody(result);
    this.stream = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const part = await this.#readAudio();
          if (part) controller.enqueue(part);
          else controller.close();
        },
        cancel: () => this.close(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Opens the file again; undefined for radio. */
  get reopen(): (() => Promise<LiveBytes>) | undefined {
    return this.endless ? undefined : () => this.#openAgain();
  }

  async #openAgain(): Promise<LiveBytes> {
    const source = this.#source.again();
    try {
      const result = await source.requestRetrying(icyRequestHeaders);
      const { statusCode = 0, headers } = result.response;
      if (statusCode !== 200) {
        result.response.destroy();
        throw new HttpStatusError(statusCode);
      }
      rejectCompression(headers);
      return new HttpLiveBytes(source, result);
    } catch (error) {
      source.close();
      throw error;
    }
  }

  get title(): string | null {
    return this.#title;
  }

  readAhead(bytesPerSecond: number | null): void {
    this.#readAhead?.start(bytesPerSecond);
    void this.#fillAhead();
  }

  close(): void {
    if (this.#source.isClosed) return;
    this.#source.close();
    this.#closeBody();
    while (this.#takePiece());
    this.#readAhead?.close();
  }

  #startBody(result: HttpResult): HttpBody {
    const body = new HttpBody(result.response, 0, this.#source.limits.stallMs);
    this.#body = body;
    const { headers } = result.response;
    this.#isDelimited =
      parseContentLength(headers["content-length"]) !== null || headers["transfer-encoding"] !== undefined;
    const interval = titleInterval(result);
    this.#titleFilter =
      interval === null
        ? null
        : new IcyTitleFilter(interval, (title) => {
            this.#receivedTitle = title;
          });
    return body;
  }

  async #readAudio(): Promise<Uint8Array | undefined> {
    for (;;) {
      const piece = this.#takePiece();
      if (piece) {
        this.#title = piece.title;
        void this.#fillAhead();
        return piece.bytes;
      }
      if (this.#hasEnded) return undefined;
      if (this.#isFull) this.#readAhead?.grow();
      this.#isFull = false;
      await this.#receive();
    }
  }

  #takePiece(): Piece | undefined {
    const piece = this.#pending.shift();
    if (piece) this.#readAhead?.release(piece.bytes.length);
    return piece;
  }

  /** Waits for the next pieces. */
  #receive(): Promise<void> {
    this.#receiving ??= this.#receiveOnce().finally(() => {
      this.#receiving = undefined;
    });
    return this.#receiving;
  }

  async #receiveOnce(): Promise<void> {
    const part = await this.#readBody();
    if (part === undefined || this.#source.isClosed) {
      this.#hasEnded = true;
      return;
    }
    for (const bytes of this.#titleFilter?.filter(part) ?? [part]) {
      this.#pending.push({ bytes, title: this.#receivedTitle });
      this.#readAhead?.hold(bytes.length);
    }
  }

  /** Receives pieces until there are enough. */
  async #fillAhead(): Promise<void> {
    try {
      while (!this.#receiving && !this.#hasEnded && this.#readAhead?.hasRoomFor(typicalPieceBytes))
        await this.#receive();
      this.#isFull ||= this.#readAhead?.hasRoomFor(typicalPieceBytes) === false;
    } catch {
      // The caller that needs the audio gets the error, unless its attempts succeed.
    }
  }

  async #readBody(): Promise<Uint8Array | undefined> {
    while (true) {
      try {
        const body = this.#body ?? (await this.#reopen());
        if (!body) return undefined;
        const part = await body.read();
        if (body.position >= this.#source.limits.blockBytes) this.#failures = 0;
        if (part) {
          if (this.#position < headBytes)
            this.#head = Buffer.concat([this.#head, part.subarray(0, headBytes - this.#position)]);
          this.#position += part.length;
          return part;
        }
        // Radio has no end, so an ended response is a lost connection.
        if (!this.#isRadio && this.#isDelimited) return undefined;
        this.#mayBeOver = !this.#isRadio;
        throw new ConnectionError("The station closed the connection.");
      } catch (error) {
        this.#closeBody();
        if (this.#isAtEarlyEnd) return undefined;
        this.#lostAt = this.#position;
        this.#failures = this.#source.countFailure(this.#failures, this.#pending.length > 0);
        try {
          await this.#source.prepareRetry(error, this.#failures);
        } catch (reason) {
          if (this.#mayBeOver && !this.#source.isClosed) return undefined;
          throw reason;
        }
      }
    }
  }

  /** Requests the stream again; undefined if it had ended. */
  async #reopen(): Promise<HttpBody | undefined> {
    const result = await this.#source.request(icyRequestHeaders);
    const { headers } = result.response;
    if (this.endless && isPage(contentTypeOf(headers)) && !isPage(this.contentType)) {
      result.response.destroy();
      throw new ConnectionError("The station sent a page instead of audio.");
    }
    const body = this.#startBody(result);
    if (this.#isRadio) return body;
    if (parseContentLength(headers["content-length"]) !== this.length) {
      throw new TrackError("The file changed while it was being played.", "SUSPICIOUS");
    }
    return this.length === null ? await this.#continueUnknown(body) : await this.#skipTo(body);
  }

  /** Continues a stream of unknown length: a file begins as before, and a station with what it sends now. */
  async #continueUnknown(body: HttpBody): Promise<HttpBody | undefined> {
    const head: Uint8Array[] = [];
    while (body.position < this.#head.length) {
      const part = await body.read(this.#head.length - body.position);
      if (part === undefined) throw new ConnectionError("The server closed the connection at once.");
      head.push(part);
    }
    const bytes = Buffer.concat(head);
    if (bytes.equals(this.#head)) {
      if (!this.#mayBeOver) return await this.#skipTo(body);
      this.#closeBody();
      return undefined;
    }
    this.#mayBeOver = false;
    this.#isRadio = true;
    this.#pending.push({ bytes, title: null });
    this.#readAhead?.hold(bytes.length);
    return body;
  }

  /** Skips the bytes of a file that were read before. */
  async #skipTo(body: HttpBody): Promise<HttpBody> {
    while (body.position < this.#position) {
      if ((await body.read(this.#position - body.position)) === undefined) {
        throw new ConnectionError("The server closed the connection in the middle of the file.");
      }
    }
    return body;
  }

  /** Whether the server ended a file twice at the same byte near its end, because it announced a wrong length. */
  get #isAtEarlyEnd(): boolean {
    const isNearEnd = this.length !== null && this.#position >= nearEnd * this.length;
    return !this.#isRadio && isNearEnd && this.#lostAt === this.#position;
  }

  #closeBody(): void {
    this.#body?.close();
    this.#body = undefined;
  }
}
