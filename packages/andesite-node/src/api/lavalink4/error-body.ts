import { STATUS_CODES } from "node:http";
import { OperationError } from "../../errors.ts";
import { TooManyPlayersError } from "../../players/player-census.ts";
import { HttpError } from "../http/http-error.ts";

/** Error body of Lavalink 4 (section 2 of the Lavalink protocol). */
export interface Lavalink4ErrorBody {
  /** ms since 1970. */
  readonly timestamp: number;
  readonly status: number;
  /** Reason phrase of the status. */
  readonly error: string;
  /** Only present when the client requests it. */
  readonly trace?: string;
  readonly message: string;
  /** Path of the request without its query. */
  readonly path: string;
}

/** Returns the status of an error that a handler threw; undefined if it is a defect of the node. */
export function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpError) return error.status;
  if (error instanceof OperationError) return 400;
  return error instanceof TooManyPlayersError ? 429 : undefined;
}

/**
 * Returns the error body of an error that a handler threw.
 *
 * @param hasTrace - Whether the client requests a trace, which has the class and the message only.
 */
export function errorBody(error: unknown, path: string, hasTrace: boolean): Lavalink4ErrorBody {
  const status = statusOf(error);
  const reason = STATUS_CODES[status ?? 500] ?? "";
  // The message of a defect may contain paths.
  const message = error instanceof Error && status !== undefined ? error.message : reason;
  const trace = `${error instanceof Error ? error.name : "Error"}: ${message}`;
  return {
    timestamp: Date.now(),
    status: status ?? 500,
    error: reason,
    ...(hasTrace && { trace }),
    message,
    path,
  };
}
