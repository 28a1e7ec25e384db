import { platform } from "#platform";

/**
 * Thrown when a request failed on its way: the connection could not be opened or was lost. A `TypeError`, as
 * `fetch` throws it, whose message names address and reason; the `cause` is the error of `fetch`.
 */
export class RequestError extends TypeError {
  /** Name of the class. */
  override readonly name = "RequestError";
  /** Stable error code. */
  readonly code = "REQUEST_FAILED";

  constructor(method: string, url: URL, failure: unknown) {
    const { reason } = platform.explainFailure(failure, url.protocol);
    super(`${method} ${url.origin}${url.pathname}: ${reason}`, { cause: failure });
  }
}
