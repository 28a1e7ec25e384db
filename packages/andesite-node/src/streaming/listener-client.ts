import type { IncomingMessage } from "node:http";
import { clientNetworkOf } from "@asterite/util";

const ownMachine = /^(?:127\.|0:0:0:0::\/64$)/;

/**
 * Returns the network of the client that a request counts for; undefined for the own machine. A proxy there, such as
 * the chat server, reports the address of its client.
 */
export function clientOf({
  socket,
  headers,
}: Pick<IncomingMessage, "headers" | "socket">): string | undefined {
  const network = clientNetworkOf(socket.remoteAddress ?? "");
  if (!ownMachine.test(network)) return network;
  const reported =
    String(headers["x-forwarded-for"] ?? "")
      .split(",")
      .at(-1)
      ?.trim() ?? "";
  const client = clientNetworkOf(reported);
  return client === "" || ownMachine.test(client) ? undefined : client;
}
