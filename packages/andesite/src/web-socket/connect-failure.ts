import { webSocketPath } from "@asterite/andesite-protocol";
import { AuthenticationError, ConnectionError, WrongAddressError } from "../errors.ts";
import { explainFailure } from "../network-failure.ts";
import { UnexpectedResponse } from "./socket.ts";

/** Returns the address without its query, which may contain a password. */
export const addressOf = ({ origin, pathname }: URL): string => origin + pathname;

/** Converts a failed attempt to an error that names the address and the reason. */
export function toConnectionError(address: string, failure: unknown): ConnectionError {
  if (failure instanceof ConnectionError) return failure;
  const options = { cause: failure };
  if (failure instanceof UnexpectedResponse) return responseError(address, failure);
  const { reason, fault } = explainFailure(failure, address.startsWith("wss:"));
  const message = `could not connect to ${address}: ${reason}`;
  if (fault === "NO_TLS") return new WrongAddressError(fault, `${message}; use ws: instead of wss:`, options);
  if (fault === "NEEDS_TLS") return new WrongAddressError(fault, `${message}; use wss: if it has`, options);
  return new ConnectionError(message, options);
}

/** Error for a WebSocket that is not the one of Andesite clients, at a node or at another server. */
export function notAndesiteError(address: string, isNode: boolean): WrongAddressError {
  return isNode
    ? new WrongAddressError(
        "WRONG_PATH",
        `${address} is the WebSocket of another protocol, such as Lavalink; the path of Andesite is /${webSocketPath}`,
      )
    : new WrongAddressError("NOT_ANDESITE", `${address} is a WebSocket, but of no Andesite node`);
}

function responseError(address: string, failure: UnexpectedResponse): ConnectionError {
  const { status, isAndesite } = failure;
  const options = { cause: failure };
  if (status === 401) {
    return new AuthenticationError(status, `${address}: the password is missing or wrong (401)`, options);
  }
  if (status === 403) return new AuthenticationError(status, `${address} refuses access (403)`, options);
  // A status from 500 is temporary, at a node as well as at a proxy in front of it.
  if (status >= 500) return new ConnectionError(`${address}: ${failure.message}`, options);
  return isAndesite
    ? new WrongAddressError(
        "WRONG_PATH",
        `${address}: ${failure.message}; the path of the WebSocket is /${webSocketPath}`,
        options,
      )
    : new WrongAddressError(
        "NOT_ANDESITE",
        `${address}: ${failure.message}, not of an Andesite node`,
        options,
      );
}

/**
 * Returns whether further attempts are pointless: the password is wrong, or, before the first connection, the
 * address certainly is. A server that is no node may be a proxy whose node is still starting.
 */
export const isPermanent = (error: ConnectionError, wasConnected: boolean): boolean =>
  error instanceof AuthenticationError ||
  (!wasConnected &&
    error instanceof WrongAddressError &&
    (error.fault === "NO_TLS" || error.fault === "WRONG_PATH"));
