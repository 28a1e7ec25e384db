// Servers and helpers for the tests of byte sources.

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from "node:net";
import { expect } from "vitest";
import { Dialler } from "./dialler.ts";
import { type OpenBytesOptions, openBytes } from "./open-bytes.ts";

/** Polls until the assertion holds. The timeout is long enough for a busy machine. */
export const eventually = <Value>(read: () => Value) => expect.poll(read, { timeout: 15_000, interval: 10 });

/** A dialler that may connect to test servers on the loopback interface. */
export const localDialler = new Dialler({ allowPrivateAddresses: true });

/** Opens an address of a test server, with short retry delays. */
export const openUrl = (url: string, options: Partial<OpenBytesOptions> = {}) =>
  openBytes(
    { type: "http", url, headers: {} },
    { dialler: localDialler, ...options, limits: { backOffMs: 1, ...options.limits } },
  );

/** A running server. */
export interface TestServer extends AsyncDisposable {
  /** URL with a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Requests received so far. */
  readonly requests: IncomingMessage[];
  /** Open connections. */
  readonly sockets: Set<Socket>;
}

async function listen(
  server: Server | TcpServer,
  requests: IncomingMessage[],
  host = "127.0.0.1",
): Promise<TestServer> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}/`,
    port,
    requests,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Starts an HTTP server. */
export function serve(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  host?: string,
): Promise<TestServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    handle(request, response);
  });
  return listen(server, requests, host);
}

/** Starts a TCP server. The handler gets each connection with the head of its request. */
export function serveRaw(handle: (socket: Socket, head: string) => void): Promise<TestServer> {
  const server = createTcpServer((socket) => {
    let head = "";
    socket.on("data", (data) => {
      if (head.includes("\r\n\r\n")) return;
      head += data.toString("latin1");
      if (head.includes("\r\n\r\n")) handle(socket, head);
    });
  });
  return listen(server, []);
}

/** Faults of {@link sendRange}; none by default. */
export interface RangeOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Cuts the connection after this many bytes of the body. */
  readonly cutAfter?: number;
  /** Maximum number of bytes per response. */
  readonly maxBytes?: number;
}

/** Sends the requested range of a file. */
export function sendRange(
  request: IncomingMessage,
  response: ServerResponse,
  file: Uint8Array,
  { headers = {}, cutAfter, maxBytes = file.length }: RangeOptions = {},
): void {
  const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const end = Math.min(start + maxBytes, file.length);
  response.writeHead(206, {
    "content-range": `bytes ${start}-${end - 1}/${file.length}`,
    "content-length": end - start,
    ...headers,
  });
  if (cutAfter === undefined) response.end(file.subarray(start, end));
  else response.write(file.subarray(start, Math.min(end, start + cutAfter)), () => response.destroy());
}

/** Returns a file whose bytes depend on their position. */
export const numbered = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff);

/**
 * Returns a Shoutcast stream: audio with a title after every `interval` bytes, until there are no more
 * titles.
 */
export function interleaveTitles(audio: Uint8Array, interval: number, titles: readonly string[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const remainingTitles = [...titles];
  for (let offset = 0; offset < audio.length; offset += interval) {
    const part = audio.subarray(offset, offset + interval);
    parts.push(part);
    if (part.length < interval) break;
    const title = remainingTitles.shift();
    const text = Buffer.from(title === undefined ? "" : `StreamTitle='${title}';`);
    const units = Math.ceil(text.length / 16);
    parts.push(Uint8Array.of(units), text, new Uint8Array(units * 16 - text.length));
  }
  return Buffer.concat(parts);
}
