import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Access } from "../access.ts";
import type { Files } from "./files.ts";
import { anyone } from "./links.ts";
import { headersFor } from "./names.ts";

/** What requests for files need. */
interface FileServer {
  readonly files: Files;
  /** Permissions at the time of the request. */
  readonly access: Access;
}

/** Links are secrets, so pages of other addresses may use them: a client reads files of several servers. */
const commonHeaders = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "upload-offset, upload-length, content-range",
  "cache-control": "no-store",
  "content-security-policy": "sandbox; default-src 'none'",
  "cross-origin-resource-policy": "cross-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

/** Returns whether a request is one for files. */
export const isFilePath = (url: string | undefined): boolean => /^\/(?:uploads|files)\//.test(url ?? "");

/** Answers a request for files: uploads by PUT, their state by HEAD, and files by GET. */
export function serveFiles(request: IncomingMessage, response: ServerResponse, server: FileServer): void {
  for (const [name, value] of Object.entries(commonHeaders)) response.setHeader(name, value);
  route(request, response, server).catch((error: unknown) => {
    // A connection that was cut is not a failure: the client resumes.
    if (request.socket.destroyed) return;
    server.files.logger.error({ err: error }, "request for a file failed");
    if (response.headersSent) request.socket.destroy();
    else response.writeHead(500, { connection: "close" }).end();
  });
}

/** Bytes of a refused upload that are read, so that the client is not reset before it reads the response. */
const maxDiscardedBytes = 1 << 20;

async function refuse(
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
): Promise<void> {
  await discardBody(response.req);
  response.writeHead(status, { ...headers, connection: "close" }).end();
}

async function discardBody(request: IncomingMessage): Promise<void> {
  if (request.readableEnded) return;
  let left = maxDiscardedBytes;
  for await (const chunk of chunksOf(request)) {
    left -= chunk.length;
    if (left < 0) return;
  }
}

/** Reads the body. Leaving the loop does not destroy the connection, whose client awaits a response. */
const chunksOf = (request: IncomingMessage): AsyncIterable<Buffer> =>
  request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;

async function route(request: IncomingMessage, response: ServerResponse, server: FileServer): Promise<void> {
  const { method = "", url = "" } = request;
  const upload = /^\/uploads\/([0-9a-f]{32})$/.exec(url)?.[1];
  const download = /^\/files\/([0-9a-f]{32})\/[^/?]*\?u=(\d{1,16})&e=(\d{1,12})&s=([\w-]{43})$/.exec(url);
  if (method === "OPTIONS") {
    const allowed = { "access-control-allow-methods": "GET, HEAD, PUT", "access-control-max-age": "86400" };
    response.writeHead(204, { ...allowed, "access-control-allow-headers": "upload-offset, range" }).end();
  } else if (upload !== undefined && method === "PUT") await receive(request, response, server, upload);
  else if (upload !== undefined && method === "HEAD") await describe(response, server, upload);
  else if (download && (method === "GET" || method === "HEAD")) {
    const [, file = "", user, expires, signature = ""] = download;
    const grant = { file, user: Number(user), expires: Number(expires) };
    if (grant.expires < server.files.seconds || !server.files.links.isSigned(grant, signature)) {
      await refuse(response, 403);
    } else await send(request, response, server, grant);
  } else await refuse(response, upload !== undefined || download ? 405 : 404);
}

async function describe(response: ServerResponse, { files }: FileServer, id: string): Promise<void> {
  const { file } = (await files.find(id)) ?? {};
  if (!file || file.message_uuid !== null) return refuse(response, 404);
  const offset = file.hash === "" ? await files.blobs.received(id) : file.size;
  response.writeHead(200, { "upload-offset": `${offset}`, "upload-length": `${file.size}` }).end();
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  { files }: FileServer,
  id: string,
): Promise<void> {
  const { file } = (await files.find(id)) ?? {};
  if (!file || file.message_uuid !== null) return refuse(response, 404);
  const given = request.headers["upload-offset"] ?? "0";
  if (typeof given !== "string" || !/^\d{1,15}$/.test(given)) return refuse(response, 400);
  // One request at a time writes: another would interleave its bytes.
  if (files.active.has(id)) return refuse(response, 409);
  files.active.add(id);
  try {
    const offset = file.hash === "" ? await files.blobs.received(id) : file.size;
    if (Number(given) !== offset) return refuse(response, 409, { "upload-offset": `${offset}` });
    if (Number(request.headers["content-length"] ?? 0) > file.size - offset) return refuse(response, 413);
    const received = file.hash === "" ? await append(request, files, id, file.size - offset) : 0;
    if (received === undefined) return refuse(response, 413);
    const total = offset + received;
    if (total === file.size && file.hash === "") await files.finish(id);
    response.writeHead(200, { "upload-offset": `${total}` }).end();
  } finally {
    files.active.delete(id);
  }
}

/** Appends the body to an upload. Returns the number of bytes; undefined if there are more than announced. */
async function append(
  request: IncomingMessage,
  files: Files,
  id: string,
  room: number,
): Promise<number | undefined> {
  const part = await files.blobs.append(id);
  let received = 0;
  try {
    for await (const bytes of chunksOf(request)) {
      if (received + bytes.length > room) return undefined;
      await part.appendFile(bytes);
      received += bytes.length;
    }
    return received;
  } finally {
    await part.close();
  }
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { files, access }: FileServer,
  grant: { readonly file: string; readonly user: number },
): Promise<void> {
  const { file, channel } = (await files.find(grant.file)) ?? {};
  if (!file || file.hash === "" || channel === undefined) return refuse(response, 404);
  if (grant.user !== anyone && !access.canRead(channel, grant.user)) return refuse(response, 403);
  const headers = { ...headersFor(file.name, file.type), etag: `"${file.hash}"`, "accept-ranges": "bytes" };
  const range = rangeOf(request.headers.range, file.size);
  if (range === "invalid") return refuse(response, 416, { "content-range": `bytes */${file.size}` });
  const { start, end } = range ?? { start: 0, end: file.size - 1 };
  response.writeHead(range ? 206 : 200, {
    ...headers,
    "content-length": `${end - start + 1}`,
    "cache-control": "private, max-age=600, immutable",
    ...(range && { "content-range": `bytes ${start}-${end}/${file.size}` }),
  });
  if (request.method === "HEAD" || file.size === 0) response.end();
  else await pipeline(files.blobs.read(file.hash, start, end), response);
}

/** Returns the one range of a request; undefined without one, or with several, which are answered with the whole. */
function rangeOf(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | "invalid" | undefined {
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return start > end ? "invalid" : { start, end };
}
