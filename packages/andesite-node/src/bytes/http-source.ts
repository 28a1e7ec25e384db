import { setTimeout as delay } from "node:timers/promises";
import { TrackError } from "@asterite/audio/media";
import { backoffDelayMs } from "@asterite/util";
import type { ByteLimits } from "./byte-limits.ts";
import { parseContentRange } from "./content-headers.ts";
import { CookieJar } from "./cookie-jar.ts";
import type { Dialler } from "./dialler.ts";
import { followRedirects, type HttpResult } from "./follow-redirects.ts";
import { ConnectionError, HttpStatusError } from "./http-errors.ts";
import type { MediaLocation } from "./media-location.ts";
import { ReadAhead, type ReadAheadBudget } from "./read-ahead.ts";

/** An HTTP or HTTPS location. */
export type HttpLocation = Extract<MediaLocation, { type: "http" }>;

/** Options of {@link HttpSource}. */
export interface HttpSourceOptions {
  readonly dialler: Dialler;
  readonly limits: ByteLimits;
  readonly userAgent: string;
  /** Returns the new location of a file whose URL has expired; null if it cannot be found again. */
  readonly relocate: (() => Promise<MediaLocation>) | null;
  /** Budget of the bytes that are read ahead of the caller; null to read on demand only. */
  readonly readAhead: ReadAheadBudget | null;
  /** Cookies that several sources share. Default: cookies of its own. */
  readonly cookies?: CookieJar;
}

/** Headers that a location cannot override. */
const reservedHeaders = new Set([
  "accept-encoding",
  "connection",
  "content-length",
  "expect",
  "host",
  "if-range",
  "range",
  "transfer-encoding",
  "upgrade",
]);

const maxBackOffMs = 5_000;
/** Failures that are counted while audio is left, with the default limits a wait of up to a second. */
const failuresWithAudio = 3;

/**
 * An HTTP location that is requested repeatedly: remembers the URL after redirects, and decides whether and
 * when a failed request is retried.
 */
export class HttpSource {
  readonly #options: HttpSourceOptions;
  /** Aborted by {@link close}. */
  readonly #closing = new AbortController();
  readonly #cookies: CookieJar;
  #location: HttpLocation;
  /** URL after redirects; null before the first response, and after that URL has failed. */
  #resolvedUrl: URL | null = null;

  constructor(location: HttpLocation, options: HttpSourceOptions) {
    this.#location = location;
    this.#options = options;
    this.#cookies = options.cookies ?? new CookieJar();
  }

  /** Returns a source of the same address, which is closed by itself. */
  again(): HttpSource {
    return new HttpSource(this.#location, this.#options);
  }

  /**
   * Sends the first request of the location: without a range to a server that refuses every range or does not say which part
   * it sends, and once more if the server is overloaded or resets the connection.
   */
  async requestFirst(headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpResult> {
    const ranged = await this.#requestTwice({ ...headers, range: "bytes=0-" }, signal);
    const { statusCode, headers: given } = ranged.response;
    // An empty file has no byte 0, so servers answer its range with 416 as well.
    const isEmpty = statusCode === 416 && /\/0\s*$/.test(given["content-range"] ?? "");
    if (statusCode === 200 || isEmpty || parseContentRange(given["content-range"])?.start === 0)
      return ranged;
    ranged.response.destroy();
    return await this.#requestTwice(headers, signal);
  }

  async #requestTwice(headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpResult> {
    try {
      return await this.request(headers, signal);
    } catch (error) {
      const isOverload = error instanceof HttpStatusError && error.isOverload;
      if (!isOverload && !(error instanceof ConnectionError && error.isReset)) throw error;
      await this.prepareRetry(error, 1);
      signal.throwIfAborted();
      return await this.request(headers, signal);
    }
  }

  /** Returns what the reader of this source may read ahead; null for nothing. */
  openReadAhead(): ReadAhead | null {
    const { readAhead, limits } = this.#options;
    return readAhead && new ReadAhead(readAhead, limits);
  }

  get limits(): ByteLimits {
    return this.#options.limits;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** URL of the last response, or else of the location. */
  get url(): string {
    return this.#resolvedUrl?.href ?? this.#location.url;
  }

  /** Sends a GET request with these headers in addition to those of the location. */
  async request(
    headers: Readonly<Record<string, string>>,
    signal = this.#closing.signal,
  ): Promise<HttpResult> {
    const { dialler, limits, userAgent } = this.#options;
    const response = await followRedirects(
      this.url,
      { ...this.#baseHeaders(userAgent), ...headers },
      { dialler, limits, cookies: this.#cookies, signal: AbortSignal.any([signal, this.#closing.signal]) },
    );
    this.#resolvedUrl = response.url;
    return response;
  }

  /** Sends a request, with retries, and with the new location if the URL has expired. */
  async requestRetrying(headers: Readonly<Record<string, string>>): Promise<HttpResult> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await this.request(headers);
      } catch (error) {
        await this.prepareRetry(error, failures);
      }
    }
  }

  /**
   * Returns the number of failures after one more. While audio is left to be played, only so many count that attempts do not
   * come to an end: they follow about a second after one another.
   */
  countFailure(failures: number, isAudioLeft: boolean): number {
    return isAudioLeft ? Math.min(failures + 1, failuresWithAudio, this.limits.tries - 1) : failures + 1;
  }

  /**
   * Waits before a retry, and looks up the new location if the URL has expired.
   *
   * @param failures - Number of failures so far.
   * @throws The error when a retry is useless, or when there were too many; the signal's reason when it aborts.
   */
  async prepareRetry(error: unknown, failures: number, signal = this.#closing.signal): Promise<void> {
    if (this.isClosed || failures >= this.limits.tries) throw error;
    if (error instanceof HttpStatusError && error.isPossiblyExpired) await this.#relocate(error);
    else if (!(error instanceof ConnectionError || (error instanceof HttpStatusError && error.isTransient))) {
      throw error;
    }
    // The target of a redirect may be down while the redirecting URL leads to another server.
    if (failures > 1) this.#resolvedUrl = null;
    const backOff = { firstMs: this.limits.backOffMs, maxMs: maxBackOffMs, jitter: 0.5 };
    const either = AbortSignal.any([signal, this.#closing.signal]);
    await delay(backoffDelayMs(failures, backOff), undefined, { signal: either }).catch(() => {
      throw either.reason;
    });
  }

  close(): void {
    this.#closing.abort(closedError());
  }

  async #relocate(error: HttpStatusError): Promise<void> {
    const { relocate } = this.#options;
    if (relocate) {
      const location = await relocate();
      if (location.type !== "http") throw error;
      this.#location = location;
    } else if (this.url === this.#location.url) {
      throw error;
    }
    // The target of a redirect may have expired while the redirecting URL still works.
    this.#resolvedUrl = null;
  }

  #baseHeaders(userAgent: string): Readonly<Record<string, string>> {
    const given = Object.entries(this.#location.headers).filter(
      ([name]) => !reservedHeaders.has(name.toLowerCase()),
    );
    const headers: Record<string, string> = { "user-agent": userAgent, accept: "*/*" };
    for (const [name, value] of given) headers[name.toLowerCase()] = value;
    return { ...headers, "accept-encoding": "identity" };
  }
}

const closedError = (): TrackError => new TrackError("The source has been closed.", "COMMON");
