import { once } from "node:events";
import { createServer, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Logger } from "@asterite/util";
import { NodeError } from "../errors.ts";
import type { HttpOptions } from "../options.ts";
import type { Api } from "./api.ts";

/** HTTP server that accepts connections. */
export interface HttpListener {
  /** Address it listens on. */
  readonly host: string;
  readonly port: number;
  /** Stops accepting connections, and terminates those that are still open after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Interval at which connections are checked for request timeouts. */
const timeoutCheckIntervalMs = 1_000;
/** Idle time after which TCP keep-alive probes detect a dead peer. */
const keepAliveProbeMs = 60_000;

/**
 * Starts an HTTP server for the API.
 *
 * @throws NodeError `CANNOT_LISTEN` naming the address and the reason.
 */
export async function listen(
  api: Api,
  host: string,
  options: HttpOptions,
  logger: Logger,
): Promise<HttpListener> {
  const server = createServer(
    {
      maxHeaderSize: options.maxHeaderBytes,
      headersTimeout: Math.min(options.headersTimeoutMs, options.requestTimeoutMs),
      requestTimeout: options.requestTimeoutMs,
      keepAliveTimeout: options.keepAliveTimeoutMs,
      connectionsCheckingInterval: timeoutCheckIntervalMs,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveProbeMs,
      noDelay: true,
      // Requests for other upgrades are handled as ordinary requests.
      shouldUpgradeCallback: api.isWebSocketUpgrade,
    },
    api.handleRequest,
  );
  server.maxConnections = options.maxConnections;
  server.on("upgrade", api.handleUpgrade);
  server.on("clientError", (error, socket) => sendParseError(error, socket, api.commonHeaders));
  server.listen({ host, port: options.port });
  try {
    await once(server, "listening");
  } catch (error) {
    throw listenError(error, host, options.port);
  }
  server.on("error", (error) => logger.error({ reason: error.message }, "server error"));
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    async close(graceMs) {
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

function listenError(cause: unknown, host: string, port: number): NodeError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} of ${host} is already in use`,
    EACCES: `port ${port} requires administrator rights`,
    EADDRNOTAVAIL: `${host} is not an address of this machine`,
    ENOTFOUND: `${host} is an unknown host`,
  };
  const reason = reasons[code] ?? `cannot listen on ${host} port ${port}: ${code || String(cause)}`;
  return new NodeError("CANNOT_LISTEN", reason, { cause });
}

const statusByCode: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * Responds to a request that cannot be parsed, is too large or takes too long, in the format of all other
 * errors.
 */
function sendParseError(error: Error, socket: Duplex, headers: Readonly<Record<string, string>>): void {
  if (!socket.writable || ("code" in error && error.code === "ECONNRESET")) {
    socket.destroy();
    return;
  }
  const code = ("code" in error ? statusByCode[String(error.code)] : undefined) ?? 400;
  const message = STATUS_CODES[code] ?? "";
  const body = JSON.stringify({ code, message });
  const lines = Object.entries({
    ...headers,
    "Content-Type": "application/json",
    "Content-Length": String(Buffer.byteLength(body)),
    Connection: "close",
  }).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${code} ${message}\r\n${lines.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
