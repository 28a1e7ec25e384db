import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

/** Files from here on are worth compressing. */
const worthBytes = 1_024;
const compressible = /\.(?:html|js|css|json|svg|txt|webmanifest)$/;

type Encoding = "br" | "gzip" | "identity";

const compress = { br: promisify(brotliCompress), gzip: promisify(gzip) };

interface StaticFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string;
  readonly bodies: Map<Encoding, Buffer>;
  readonly encodings: readonly Encoding[];
}

/** The files of a folder, served from memory: there are few, and they do not change while the server runs. */
export class StaticFiles {
  readonly #files: ReadonlyMap<string, StaticFile>;

  private constructor(files: ReadonlyMap<string, StaticFile>) {
    this.#files = files;
  }

  /** @param headersOf - Headers of a file, by its path with `/` between folders. */
  static async read(
    folder: string,
    headersOf: (path: string) => Readonly<Record<string, string>>,
  ): Promise<StaticFiles> {
    const files = new Map<string, StaticFile>();
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name.startsWith(".")) continue;
      const file = join(entry.parentPath, entry.name);
      const path = file.slice(folder.length + 1).replaceAll(sep, "/");
      const body = await readFile(file);
      const isWorth = compressible.test(path) && body.length >= worthBytes;
      files.set(path, {
        headers: headersOf(path),
        etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
        bodies: new Map([["identity", body]]),
        encodings: isWorth ? ["br", "gzip"] : [],
      });
    }
    return new StaticFiles(files);
  }

  /** How many there are. */
  get size(): number {
    return this.#files.size;
  }

  /** Answers a request for one of the files; tells whether it is one. */
  async answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const file = this.#files.get(path === "" ? "index.html" : path);
    if (!file) return false;
    const headers = { ...file.headers, etag: file.etag, vary: "accept-encoding" };
    if (request.headers["if-none-match"] === file.etag) {
      response.writeHead(304, headers).end();
      return true;
    }
    const encoding = chooseEncoding(file.encodings, request.headers["accept-encoding"]);
    const body = await bodyOf(file, encoding);
    response.writeHead(200, {
      ...headers,
      "content-length": body.length,
      ...(encoding !== "identity" && { "content-encoding": encoding }),
    });
    response.end(request.method === "HEAD" ? undefined : body);
    return true;
  }
}

function chooseEncoding(offered: readonly Encoding[], accepted: string | string[] | undefined): Encoding {
  const wanted = String(accepted ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => !/;\s*q=0(?:\.0*)?$/.test(part))
    .map((part) => part.split(";")[0]);
  return offered.find((encoding) => wanted.includes(encoding)) ?? "identity";
}

async function bodyOf({ bodies }: StaticFile, encoding: Encoding): Promise<Buffer> {
  const known = bodies.get(encoding);
  const plain = bodies.get("identity") ?? Buffer.alloc(0);
  if (known || encoding === "identity") return known ?? plain;
  const body = await compress[encoding](plain);
  bodies.set(encoding, body);
  return body;
}
