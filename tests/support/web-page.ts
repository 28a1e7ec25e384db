import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join, normalize } from "node:path";
import { webClientFolder, webClientHeaders } from "@asterite/web";

/** What a test adds to a {@link serveWebPage}: says whether it answered. */
export type ExtraRoute = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A port that serves the web client and passes WebSockets on to an Aster server, as one origin. */
export interface WebPage extends AsyncDisposable {
  readonly port: number;
  /** Where a browser finds the page. */
  readonly url: string;
  /** Where WebSockets go; a test may point to a server that was started again elsewhere. */
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

/** The request as it came, for the server behind. */
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
    const behind = connect({ host: "127.0.0.1", port: page.targetPort, noDelay: true });
    sockets.add(behind);
    behind.once("close", () => {
      sockets.delete(behind);
      socket.destroy();
    });
    socket.once("close", () => behind.destroy());
    for (const side of [behind, socket]) side.on("error", () => side.destroy());
    behind.write(headOf(request));
    behind.write(head);
    socket.pipe(behind).pipe(socket);
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
