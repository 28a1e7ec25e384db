import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join, normalize } from "node:path";
import { webClientFolder, webClientHeaders } from "@asterite/web";

/** Additional request handler of {@link serveWebPage}. Returns whether it handled the request. */
export type ExtraRoute = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Server of the web client that proxies WebSockets to an Aster server on the same origin. */
export interface WebPage extends AsyncDisposable {
  readonly port: number;
  /** URL of the page. */
  readonly url: string;
  /** Port to which WebSockets are proxied. Tests can change it after restarting a server. */
  targetPort: number;
  close(): Promise<void>;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = normalize(new URL(request.url ?? "/", "http://page").pathname).slice(1) || "index.html";
  try {
    const body = await readFile(join(webClientFolder, path));
    response.writeHead(200, webClientHeaders(path)).end(body);
  } catch {
    response.writeHead(404).end();
  }
}

/** Returns the raw request head for the upstream server. */
function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Serves the built client with its own headers on a free loopback port. */
export async function serveWebPage(targetPort: number, extra: ExtraRoute = () => false): Promise<WebPage> {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    if (!extra(request, response)) void answer(request, response);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const upstream = connect({ host: "127.0.0.1", port: page.targetPort, noDelay: true });
    sockets.add(upstream);
    upstream.once("close", () => {
      sockets.delete(upstream);
      socket.destroy();
    });
    socket.once("close", () => upstream.destroy());
    for (const side of [upstream, socket]) side.on("error", () => side.destroy());
    upstream.write(headOf(request));
    upstream.write(head);
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const page: WebPage = {
    port,
    url: `http://127.0.0.1:${port}/`,
    targetPort,
    close,
    [Symbol.asyncDispose]: close,
  };
  return page;
}
