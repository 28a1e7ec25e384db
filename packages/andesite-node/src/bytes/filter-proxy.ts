import { randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  request as requestHttp,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DialError } from "./dial-error.ts";
import type { Dialler } from "./dialler.ts";

/** Limits of a {@link FilterProxy}. */
export interface FilterProxyLimits {
  /** Maximum number of open connections; further ones are refused. */
  readonly maxConnections: number;
  /** Time in ms without traffic after which a connection is closed. */
  readonly idleMs: number;
}

/**
 * An HTTP proxy on the loopback interface for child processes, so that the {@link Dialler} checks their
 * connections too. Clients authenticate with a secret that is part of the proxy's URL.
 */
export class FilterProxy {
  /** URL with credentials, to be passed to the child process. */
  readonly url: string;
  /** Password in the URL. */
  readonly secret: string;
  readonly #server: Server;
  readonly #dialler: Dialler;
  readonly #limits: FilterProxyLimits;
  readonly #sockets = new Set<Duplex>();

  private constructor(server: Server, secret: string, dialler: Dialler, limits: FilterProxyLimits) {
    const { port } = server.address() as AddressInfo;
    this.url = `http://node:${secret}@127.0.0.1:${port}`;
    this.secret = secret;
    this.#server = server;
    this.#dialler = dialler;
    this.#limits = limits;
    server.on("connection", (socket: Socket) => this.#trackSocket(socket));
    server.on("connect", (request, socket, head) => this.#tunnel(request, socket, head));
    server.on("request", (request, response) => this.#forward(request, response));
  }

  /** Starts a proxy on a free port of 127.0.0.1. */
  static async start(dialler: Dialler, limits: FilterProxyLimits): Promise<FilterProxy> {
    const server = createServer();
    server.maxConnections = limits.maxConnections;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    // Open connections keep the process alive, the listening socket does not.
    server.unref();
    return new FilterProxy(server, randomBytes(16).toString("hex"), dialler, limits);
  }

  /** Stops listening and closes all connections. */
  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #trackSocket(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    socket.setTimeout(this.#limits.idleMs, () => socket.destroy());
  }

  #tunnel(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refuse = (status: string): void =>
      void socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    if (!this.#isAuthorized(request)) {
      refuse(proxyAuthenticationRequired);
      return;
    }
    const target = URL.parse(`http://${request.url}`);
    if (target === null || !/:\d+$/.test(request.url ?? "")) {
      refuse("400 Bad Request");
      return;
    }
    const upstream = this.#dialler.connect(
      target.hostname.replace(/^\[(.*)\]$/, "$1"),
      Number(target.port || 80),
    );
    this.#trackSocket(upstream);
    upstream.once("error", (error) => refuse(statusOf(error)));
    socket.once("close", () => upstream.destroy());
    upstream.once("connect", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      // The end of either side ends the other; the reason does not matter.
      pipeline(upstream, socket, upstream).catch(() => {});
    });
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    const refuse = (status: string): void => {
      const [code, ...text] = status.split(" ");
      if (!response.headersSent) response.writeHead(Number(code), text.join(" "));
      response.end();
    };
    if (!this.#isAuthorized(request)) {
      refuse(proxyAuthenticationRequired);
      return;
    }
    const target = URL.parse(request.url ?? "");
    if (target?.protocol !== "http:") {
      refuse("400 Bad Request");
      return;
    }
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => !name.startsWith("proxy-") && name !== "connection"),
    );
    const upstream = requestHttp(target, { method: request.method, headers, agent: this.#dialler.httpAgent });
    upstream.setTimeout(this.#limits.idleMs, () => upstream.destroy());
    upstream.once("response", (upstreamResponse) => {
      response.writeHead(upstreamResponse.statusCode ?? 502, upstreamResponse.headers);
      pipeline(upstreamResponse, response).catch(() => {});
    });
    upstream.once("error", (error) => refuse(statusOf(error)));
    response.once("close", () => upstream.destroy());
    pipeline(request, upstream).catch(() => {});
  }

  #isAuthorized({ headers }: IncomingMessage): boolean {
    const given = Buffer.from(headers["proxy-authorization"] ?? "");
    const expected = Buffer.from(`Basic ${Buffer.from(`node:${this.secret}`).toString("base64")}`);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}

const proxyAuthenticationRequired = "407 Proxy Authentication Required";

const statusOf = (error: unknown): string =>
  error instanceof DialError && error.code === "PRIVATE_ADDRESS" ? "403 Forbidden" : "502 Bad Gateway";
