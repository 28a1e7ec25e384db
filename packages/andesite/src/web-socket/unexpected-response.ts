import { webSocketPath } from "@asterite/andesite-protocol";
import { AuthenticationError, ConnectionError, WrongAddressError } from "../errors.ts";

/** Error for a handshake that the server answered with an HTTP status other than 101. */
export function unexpectedResponse(address: string, status: number, isAndesite: boolean): ConnectionError {
  const reason = `HTTP response with status ${status}`;
  if (status === 401) {
    return new AuthenticationError(status, `${address}: the password is missing or wrong (401)`);
  }
  if (status === 403) return new AuthenticationError(status, `${address} refuses access (403)`);
  // A status from 500 is temporary, at a node as well as at a proxy in front of it.
  if (status >= 500) return new ConnectionError(`${address}: ${reason}`);
  return isAndesite
    ? new WrongAddressError(
        "WRONG_PATH",
        `${address}: ${reason}; the path of the WebSocket is /${webSocketPath}`,
      )
    : new WrongAddressError("NOT_ANDESITE", `${address}: ${reason}, not of an Andesite node`);
}
