import { TrackError } from "@asterite/audio/media";
import { DialError } from "./dial-error.ts";

/** A server answered, but with a status that is no success. */
export class HttpStatusError extends TrackError {
  /** HTTP status. */
  readonly status: number;

  constructor(status: number) {
    super(`The server answered with status ${status}.`, "COMMON");
    this.status = status;
  }

  /** Whether the same request may succeed a little later. */
  get isPassing(): boolean {
    return this.status === 408 || this.status === 429 || this.status >= 500;
  }

  /** Whether the address may have expired. */
  get isGone(): boolean {
    return [401, 403, 404, 410].includes(this.status);
  }
}

/** A connection that did not come about, or broke. */
export class ConnectionError extends TrackError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, "SUSPICIOUS", options);
  }
}

/** What a failed request means for the person who asked for the track. */
export function toTrackError(error: unknown): TrackError {
  if (error instanceof TrackError) return error;
  if (error instanceof DialError) {
    return error.code === "private-address"
      ? new TrackError(error.message, "COMMON", { cause: error })
      : new ConnectionError(error.message, { cause: error });
  }
  return new ConnectionError(textOf(codeOf(error)), { cause: error });
}

/** The stable name that Node gives an error; empty where it has none. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

function textOf(code: string): string {
  if (code === "ECONNREFUSED") return "The server refused the connection.";
  if (code === "HPE_HEADER_OVERFLOW") return "The server sent too many headers.";
  if (code.startsWith("HPE_")) return "The server answered with something that is not HTTP.";
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code)) return "The server's certificate is not valid.";
  return "The connection to the server failed.";
}
