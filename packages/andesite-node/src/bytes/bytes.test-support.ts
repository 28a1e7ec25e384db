// What the tests of reading bytes share: servers of their own.

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

/** Waits until something is as expected, as long as a busy machine may need. */
export const eventually = <Value>(read: () => Value) => expect.poll(read, { timeout: 15_000, interval: 10 });

/** Dials the tests' own servers, too. */
export const localDialler = new Dialler({ allowPrivateAddresses: true });

/** Opens an address of a test's server; waits are short. */
export const openUrl = (url: string, options: Partial<OpenBytesOptions> = {}) =>
  openBytes(
    { type: "http", url, headers: {} },
    { dialler: localDialler, ...options, limits: { backOffMs: 1, ...options.limits } },
  );

/** A running server. */
export interface TestServer extends AsyncDisposable {
  /** With a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** What has been asked for. */
  readonly requests: IncomingMessage[];
  /** Connections that are open. */
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

/** Starts a server that is given each connection with the head of its request. */
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

/** How {@link sendRange} behaves; all as it should unless told. */
export interface RangeOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the connection after so many bytes of body. */
  readonly cutAfter?: number;
  /** Sends at most so many bytes per answer. */
  readonly atMost?: number;
}

/** Answers a request for a range of a file. */
export function sendRange(
  request: IncomingMessage,
  response: ServerResponse,
  file: Uint8Array,
  { headers = {}, cutAfter, atMost = file.length }: RangeOptions = {},
): void {
  const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const end = Math.min(start + atMost, file.length);
  response.writeHead(206, {
    "content-range": `bytes ${start}-${end - 1}/${file.length}`,
    "content-length": end - start,
    ...headers,
  });
  if (cutAfter === undefined) response.end(file.subarray(start, end));
  else response.write(file.subarray(start, Math.min(end, start + cutAfter)), () => response.destroy());
}

/** A file whose every byte says where it is. */
export const numbered = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff);

/** A Shoutcast stream of audio with titles after every `interval` bytes, as long as there are titles. */
export function interleaveTitles(audio: Uint8Array, interval: number, titles: readonly string[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const left = [...titles];
  for (let place = 0; place < audio.length; place += interval) {
    const part = audio.subarray(place, place + interval);
    parts.push(part);
    if (part.length < interval) break;
    const title = left.shift();
    const text = Buffer.from(title === undefined ? "" : `StreamTitle='${title}';`);
    const units = Math.ceil(text.length / 16);
    parts.push(Uint8Array.of(units), text, new Uint8Array(units * 16 - text.length));
  }
  return Buffer.concat(parts);
}
