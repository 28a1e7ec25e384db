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
  /** Folder of the client. Tests can change it like the upgrade of a server. */
  folder: string;
  close(): Promise<void>;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  base: string,
  folder: string,
): Promise<void> {
  const wanted = normalize(new URL(request.url ?? "/", "http://page").pathname);
  const path = wanted.slice(base.length) || "index.html";
  try {
    if (!wanted.startsWith(base)) throw new Error("outside of the path");
    const body = await readFile(join(folder, path));
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

/** Options of {@link serveWebPage}. */
export interface WebPageOptions {
  /** Path below which all is served, as by a reverse proxy; default `/`. */
  readonly path?: string;
  /** Folder of the built client; another build for tests of updates. */
  readonly folder?: string;
}

/** Serves the built client with its own headers on a free loopback port. */
export async function serveWebPage(
  targetPort: number,
  extra: ExtraRoute = () => false,
  { path = "/", folder = webClientFolder }: WebPageOptions = {},
): Promise<WebPage> {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    if (!extra(request, response)) void answer(request, response, path, page.folder);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (!request.url?.startsWith(path)) {
      socket.destroy();
      return;
    }
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
    url: `http://127.0.0.1:${port}${path}`,
    targetPort,
    folder,
    close,
    [Symbol.asyncDispose]: close,
  };
  return page;
}
