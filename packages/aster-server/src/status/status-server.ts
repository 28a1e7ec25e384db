import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { toListenError } from "../connection/listen-error.ts";

const host = "127.0.0.1";
const timeoutMs = 5000;
const maxConnections = 32;
const maxHeaderBytes = 8 * 1024;

/** Source of the status that a {@link StatusServer} reports. */
export interface StatusSource {
  /** Returns whether the server accepts clients; false while it stops. */
  isReady(): boolean;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
}

interface HttpResponse {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const json = (status: number, body: object): HttpResponse => ({
  status,
  type: "application/json; charset=utf-8",
  body: `${JSON.stringify(body)}\n`,
});

/** Returns whether a `Host` header names a loopback address. Protects against DNS rebinding by web pages. */
function isLoopbackHost(header: string | undefined): boolean {
  const name = /^(\[::1\]|[a-z0-9.-]+)(?::\d{1,5})?$/i.exec(header ?? "")?.[1]?.toLowerCase();
  return name !== undefined && (name === "localhost" || name === "[::1]" || /^127(\.\d{1,3}){3}$/.test(name));
}

/** Read-only HTTP server on the loopback interface for monitoring: `/health` and `/metrics`. */
export class StatusServer {
  readonly #server: Server;
  readonly #source: StatusSource;

  private constructor(source: StatusSource) {
    this.#source = source;
    const limits = {
      requestTimeout: timeoutMs,
      headersTimeout: timeoutMs,
      keepAliveTimeout: timeoutMs,
      connectionsCheckingInterval: 1000,
      maxHeaderSize: maxHeaderBytes,
    };
    this.#server = createServer(limits, (request, response) => void this.#answer(request, response));
    this.#server.maxConnections = maxConnections;
    this.#server.setTimeout(timeoutMs);
    this.#server.on("clientError", (_error, socket) => socket.destroy());
  }

  /**
   * Starts listening; port 0 picks a free one.
   *
   * @throws ServerError with `LISTEN_FAILED`.
   */
  static async open(port: number, source: StatusSource): Promise<StatusServer> {
    const status = new StatusServer(source);
    const server = status.#server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(toListenError(error, { host, port })));
      server.listen({ host, port }, resolve);
    });
    return status;
  }

  /** Port that the server listens on. */
  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("not listening on a port");
    return address.port;
  }

  /** Stops immediately without waiting for open requests. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, body } = await this.#respondTo(request);
    response.writeHead(status, {
      "content-type": type,
      "content-length": Buffer.byteLength(body),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...(status === 405 && { allow: "GET, HEAD" }),
      // Close instead of reading the body of a rejected request.
      ...(status >= 400 && { connection: "close" }),
    });
    response.end(request.method === "HEAD" ? undefined : body);
  }

  async #respondTo({ method, url = "", headers }: IncomingMessage): Promise<HttpResponse> {
    if (!isLoopbackHost(headers.host)) return json(403, { error: "only available on this machine" });
    if (method !== "GET" && method !== "HEAD") return json(405, { error: "only GET and HEAD are allowed" });
    const [path] = url.split("?");
    const ready = this.#source.isReady();
    if (path === "/health/live") return json(200, { live: true });
    if (path === "/health" || path === "/health/ready") return json(ready ? 200 : 503, { live: true, ready });
    if (path !== "/metrics") return json(404, { error: "not found; available: /health, /metrics" });
    const { metrics } = this.#source;
    return { status: 200, type: metrics.contentType, body: await metrics.text() };
  }
}
