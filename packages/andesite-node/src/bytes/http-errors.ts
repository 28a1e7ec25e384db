import { TrackError } from "@asterite/audio/media";
import { DialError } from "./dial-error.ts";

/** Response with a status other than success. */
export class HttpStatusError extends TrackError {
  /** HTTP status code. */
  readonly status: number;

  constructor(status: number) {
    super(`The server responded with status ${status}.`, "COMMON");
    this.status = status;
  }

  /** Whether the same request may succeed later. */
  get isTransient(): boolean {
    return this.status === 408 || this.status === 429 || this.status >= 500;
  }

  /** Whether the server is overloaded, or limits the rate of requests. */
  get isOverload(): boolean {
    return this.status === 429 || this.status === 503;
  }

  /** Whether the URL may have expired, as signed URLs do. */
  get isPossiblyExpired(): boolean {
    return [401, 403, 404, 410].includes(this.status);
  }
}

/** A connection could not be established, or broke. */
export class ConnectionError extends TrackError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, "SUSPICIOUS", options);
  }

  /** Whether the server, or something on the way, has reset an established connection. */
  get isReset(): boolean {
    return errorCodeOf(this.cause) === "ECONNRESET";
  }
}

/** Converts the error of a failed request to one whose message is meant for listeners. */
export function toTrackError(error: unknown): TrackError {
  if (error instanceof TrackError) return error;
  if (error instanceof DialError) {
    return error.code === "PRIVATE_ADDRESS"
      ? new TrackError(error.message, "COMMON", { cause: error })
      : new ConnectionError(error.message, { cause: error });
  }
  return new ConnectionError(messageOf(errorCodeOf(error)), { cause: error });
}

/** Returns the `code` of a Node error; empty if it has none. */
export const errorCodeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

function messageOf(code: string): string {
  if (code === "ECONNREFUSED") return "The server refused the connection.";
  if (code === "HPE_HEADER_OVERFLOW") return "The server sent too many headers.";
  if (code.startsWith("HPE_")) return "The server's response is not HTTP.";
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code)) return "The server's certificate is not valid.";
  return "The connection to the server failed.";
}
