import { setTimeout as delay } from "node:timers/promises";
import { TrackError } from "@asterite/audio/media";
import type { ByteLimits } from "./byte-limits.ts";
import type { Dialler } from "./dialler.ts";
import { ConnectionError, HttpStatusError } from "./http-errors.ts";
import { follow, type HttpAnswer } from "./follow-redirects.ts";
import type { MediaLocation } from "./media-location.ts";

/** A location on the web. */
export type HttpLocation = Extract<MediaLocation, { type: "http" }>;

/** What reading from the web needs. */
export interface HttpContext {
  readonly dialler: Dialler;
  readonly limits: ByteLimits;
  readonly userAgent: string;
  /** Finds the present address of what has expired; null where nobody knows another. */
  readonly relocate: (() => Promise<MediaLocation>) | null;
}

/** Headers that the connection needs as they are, whatever a location asks for. */
const ownHeaders = new Set([
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

const longestBackOffMs = 5_000;

/**
 * An address from which bytes are asked for again and again: where it led to the last time, and what to do when
 * that fails.
 */
export class HttpSource {
  readonly #context: HttpContext;
  /** Ends with the source. */
  readonly #closing = new AbortController();
  #location: HttpLocation;
  /** Where the location led to; null until that is known, and after that address has failed. */
  #found: URL | null = null;

  constructor(location: HttpLocation, context: HttpContext) {
    this.#location = location;
    this.#context = context;
  }

  get limits(): ByteLimits {
    return this.#context.limits;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** The address that answered last. */
  get url(): string {
    return this.#found?.href ?? this.#location.url;
  }

  /** Sends a request with these headers beside the usual ones. */
  async ask(headers: Readonly<Record<string, string>>, signal = this.#closing.signal): Promise<HttpAnswer> {
    const { dialler, limits, userAgent } = this.#context;
    const answer = await follow(
      this.url,
      { ...this.#usual(userAgent), ...headers },
      { dialler, limits, signal: AbortSignal.any([signal, this.#closing.signal]) },
    );
    this.#found = answer.url;
    return answer;
  }

  /**
   * Waits before the next try, and looks for the present address where this one has expired.
   *
   * @param failures - Tries that failed so far.
   * @throws TrackError when there is no use in trying again.
   */
  async recover(error: unknown, failures: number): Promise<void> {
    if (this.isClosed || failures >= this.limits.tries) throw error;
    if (error instanceof HttpStatusError && error.isGone) await this.#renew(error);
    else if (!(error instanceof ConnectionError || (error instanceof HttpStatusError && error.isPassing))) {
      throw error;
    }
    const longest = Math.min(this.limits.backOffMs * 2 ** (failures - 1), longestBackOffMs);
    await delay(longest * (0.5 + Math.random() / 2), undefined, { signal: this.#closing.signal }).catch(
      () => {
        throw closed();
      },
    );
  }

  close(): void {
    this.#closing.abort(closed());
  }

  async #renew(error: HttpStatusError): Promise<void> {
    const { relocate } = this.#context;
    if (relocate) {
      const location = await relocate();
      if (location.type !== "http") throw error;
      this.#location = location;
    } else if (this.url === this.#location.url) {
      throw error;
    }
    // What a redirect led to may have expired although the address that redirects still knows the way.
    this.#found = null;
  }

  #usual(userAgent: string): Readonly<Record<string, string>> {
    const given = Object.entries(this.#location.headers).filter(
      ([name]) => !ownHeaders.has(name.toLowerCase()),
    );
    const headers: Record<string, string> = { "user-agent": userAgent, accept: "*/*" };
    for (const [name, value] of given) headers[name.toLowerCase()] = value;
    return { ...headers, "accept-encoding": "identity" };
  }
}

const closed = (): TrackError => new TrackError("The source has been closed.", "COMMON");
