import type { Severity } from "@asterite/andesite-protocol";

/**
 * A track that cannot be loaded, opened or decoded. The message is written for the listener who requested the
 * track. The node answers a load with `LOAD_FAILED` and a playing track with a `TrackExceptionEvent`.
 */
export class TrackError extends Error {
  /** `TrackError`. */
  override readonly name = "TrackError";
  /**
   * Probable cause: the track or the request (`COMMON`), an outside service (`SUSPICIOUS`), or the node
   * (`FAULT`).
   */
  readonly severity: Severity;

  constructor(message: string, severity: Severity, options?: ErrorOptions) {
    super(message, options);
    this.severity = severity;
  }
}
