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
    const { reason, fault } = platform.explainFailure(failure, url.protocol === "https:");
    const hint = { NO_TLS: "; use http: instead of https:", NEEDS_TLS: "; use https: if it has" };
    const advice = fault === null ? "" : hint[fault];
    super(`${method} ${url.origin}${url.pathname}: ${reason}${advice}`, { cause: failure });
  }
}
