import type { WaitOptions } from "../wait-options.ts";

/** Options of {@link AbstractHTTP.request}. */
export interface RequestOptions extends WaitOptions {
  /** Query parameters; encoded here. */
  readonly params?: Readonly<Record<string, string>> | null | undefined;
  /** Body, sent as JSON. Default: none. */
  readonly json?: unknown;
  /** More headers, which take the place of those that are sent by default. */
  readonly headers?: Readonly<Record<string, string>> | null | undefined;
}

/** Anything that can send HTTP requests to a node, or to one of several. */
export abstract class AbstractHTTP implements AsyncDisposable {
  /** Whether the client cannot be used until it is reset. */
  abstract get closed(): boolean;

  /** Aborts what is running and releases the connections. May be repeated and does not reject. */
  abstract close(): Promise<void>;

  /** Makes a closed client usable again. */
  abstract reset(): Promise<void>;

  /**
   * Sends a request.
   *
   * Rejects with an `HTTPError` for every status of 400 or more, with a `ClientClosedError` when closed, with
   * an `OutOfRangeError` when the path starts with a slash, and with what the transport reports.
   *
   * @param path - Is appended to the base URL, whose own path is kept.
   * @returns The parsed JSON; null for an empty body.
   */
  abstract request(method: string, path: string, options?: RequestOptions | null): Promise<unknown>;

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
