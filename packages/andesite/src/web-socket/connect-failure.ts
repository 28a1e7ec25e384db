import { webSocketPath } from "@asterite/andesite-protocol";
import { platform } from "#platform";
import { AuthenticationError, ConnectionError, WrongAddressError } from "../errors.ts";

/** Converts a failed attempt to an error that names the address and the reason. */
export function toConnectionError(address: string, failure: unknown): ConnectionError {
  if (failure instanceof ConnectionError) return failure;
  const options = { cause: failure };
  const { reason, fault } = platform.explainFailure(failure, address.replace(/:.*/s, ":"));
  const message = `could not connect to ${address}: ${reason}`;
  return fault ? new WrongAddressError(fault, message, options) : new ConnectionError(message, options);
}

/** Error for a WebSocket that is not the one of Andesite clients, at a node or at another server. */
export function notAndesiteError(address: string, isNode: boolean): WrongAddressError {
  return isNode
    ? new WrongAddressError(
        "WRONG_PATH",
        `${address} speaks Lavalink; the path of Andesite is /${webSocketPath}`,
      )
    : new WrongAddressError("NOT_ANDESITE", `${address} is a WebSocket, but of no Andesite node`);
}

/**
 * Returns whether further attempts are pointless: the password is wrong, or, before the first connection, the
 * address certainly is. A server that is no node may be a proxy whose node is still starting.
 */
export const isPermanent = (error: ConnectionError, wasConnected: boolean): boolean =>
  error instanceof AuthenticationError ||
  (!wasConnected && error instanceof WrongAddressError && error.fault !== "NOT_ANDESITE");
