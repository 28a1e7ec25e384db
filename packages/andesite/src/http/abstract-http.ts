import { isInstance } from "../mixin.ts";
import type { WaitOptions } from "../wait-options.ts";

/** Options of {@link AbstractHTTP.request}. */
export interface RequestOptions extends WaitOptions {
  /** Query parameters, unencoded. Default: none. */
  readonly params?: Readonly<Record<string, string>> | null | undefined;
  /** Body, serialized as JSON. Default: none. */
  readonly json?: unknown;
  /** Additional headers; they override the default headers. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | null | undefined;
}

/** Base of all clients that send HTTP requests: to one node, or to the nodes of a pool. */
export abstract class AbstractHTTP implements AsyncDisposable {
  /** Also true for instances of classes into which the class was mixed, such as combined clients. */
  static [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: subclasses inherit the method, with themselves as `this`.
    return isInstance(this, value);
  }

  /** Whether the client is closed. {@link reset} makes it usable again. */
  abstract get closed(): boolean;

  /** Aborts running requests and makes the client unusable. Closing twice has no effect; never rejects. */
  abstract close(): Promise<void>;

  /** Makes a closed client usable again. */
  abstract reset(): Promise<void>;

  /**
   * Sends a request.
   *
   * Rejects with an `HTTPError` for a status of 400 or above, with a `ClientClosedError` when closed, with an
   * `OutOfRangeError` when the path starts with a slash, and with errors of the transport.
   *
   * @param method - HTTP method.
   * @param path - Path relative to the base URL, without a leading slash.
   * @returns The parsed JSON; null for an empty body.
   */
  abstract request(method: string, path: string, options?: RequestOptions | null): Promise<unknown>;

  /** Equivalent to {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
