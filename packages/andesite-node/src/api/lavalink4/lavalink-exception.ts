import type { TrackError } from "@asterite/audio/media";
import { type ErrorReport, toErrorReport } from "../error-report.ts";

/** An exception of Lavalink 4 in JSON. */
export interface LavalinkException {
  readonly message: string;
  readonly severity: string;
  /** The root cause, in one line. */
  readonly cause: string;
  /** The errors from the outermost to the root cause, one a line. */
  readonly causeStackTrace: string;
}

/** Converts an error of a track to JSON. */
export function toLavalinkException(error: TrackError): LavalinkException {
  const chain: string[] = [];
  for (let report: ErrorReport | null = toErrorReport(error, "short"); report; report = report.cause) {
    chain.push(report.message === null ? report.class : `${report.class}: ${report.message}`);
  }
  return {
    message: error.message,
    severity: error.severity.toLowerCase(),
    cause: chain.at(-1) ?? error.message,
    causeStackTrace: chain.join("\nCaused by: "),
  };
}
