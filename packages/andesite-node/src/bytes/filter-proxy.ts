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
  /** Connections at a time; more are refused. */
  readonly connections: number;
  /** ms after which a connection on which nothing happens is ended. */
  readonly idleMs: number;
}

/**
 * An HTTP proxy on the loopback through which a program of somebody else connects, so that what it connects to is
 * checked like everything else. Only who knows its address, which holds a secret, can use it.
 */
export class FilterProxy {
  /** Address with credentials, as the program gets it. */
  readonly url: string;
  /** The secret part of the address. */
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
    server.on("connection", (socket: Socket) => this.#keep(socket));
    server.on("connect", (request, socket, head) => this.#tunnel(request, socket, head));
    server.on("request", (request, response) => this.#forward(request, response));
  }

  /** Starts a proxy on a free port. */
  static async start(dialler: Dialler, limits: FilterProxyLimits): Promise<FilterProxy> {
    const server = createServer();
    server.maxConnections = limits.connections;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    // What runs through it keeps the process alive, the proxy itself does not.
    server.unref();
    return new FilterProxy(server, randomBytes(16).toString("hex"), dialler, limits);
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    socket.setTimeout(this.#limits.idleMs, () => socket.destroy());
  }

  #tunnel(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refuse = (status: string): void =>
      void socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    if (!this.#knows(request)) {
      refuse(authenticationNeeded);
      return;
    }
    const target = URL.parse(`http://${request.url}`);
    if (target === null || !/:\d+$/.test(request.url ?? "")) {
      refuse("400 Bad Request");
      return;
    }
    const outside = this.#dialler.connect(
      target.hostname.replace(/^\[(.*)\]$/, "$1"),
      Number(target.port || 80),
    );
    this.#keep(outside);
    outside.once("error", (error) => refuse(statusOf(error)));
    socket.once("close", () => outside.destroy());
    outside.once("connect", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      outside.write(head);
      // An end of one side ends the other; why does not matter here.
      pipeline(outside, socket, outside).catch(() => {});
    });
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    const refuse = (status: string): void => {
      const [code, ...text] = status.split(" ");
      if (!response.headersSent) response.writeHead(Number(code), text.join(" "));
      response.end();
    };
    if (!this.#knows(request)) {
      refuse(authenticationNeeded);
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
    const outside = requestHttp(target, { method: request.method, headers, agent: this.#dialler.httpAgent });
    outside.setTimeout(this.#limits.idleMs, () => outside.destroy());
    outside.once("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response).catch(() => {});
    });
    outside.once("error", (error) => refuse(statusOf(error)));
    response.once("close", () => outside.destroy());
    pipeline(request, outside).catch(() => {});
  }

  #knows({ headers }: IncomingMessage): boolean {
    const given = Buffer.from(headers["proxy-authorization"] ?? "");
    const expected = Buffer.from(`Basic ${Buffer.from(`node:${this.secret}`).toString("base64")}`);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}

const authenticationNeeded = "407 Proxy Authentication Required";

const statusOf = (error: unknown): string =>
  error instanceof DialError && error.code === "private-address" ? "403 Forbidden" : "502 Bad Gateway";
