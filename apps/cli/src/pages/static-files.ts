import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

/** Smaller files are not compressed. */
const minCompressedBytes = 1_024;
const compressible = /\.(?:html|js|css|json|svg|txt|webmanifest)$/;

type Encoding = "br" | "gzip" | "identity";

const compress = { br: promisify(brotliCompress), gzip: promisify(gzip) };

interface StaticFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string;
  readonly bodies: Map<Encoding, Buffer>;
  readonly encodings: readonly Encoding[];
}

/** Serves the files of a folder from memory: they are few and do not change while the server is running. */
export class StaticFiles {
  readonly #files: ReadonlyMap<string, StaticFile>;

  private constructor(files: ReadonlyMap<string, StaticFile>) {
    this.#files = files;
  }

  /**
   * Reads all files of a folder.
   *
   * @param headersOf - Returns the headers of a file by its path with `/` separators.
   */
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
      const isCompressed = compressible.test(path) && body.length >= minCompressedBytes;
      files.set(path, {
        headers: headersOf(path),
        etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
        bodies: new Map([["identity", body]]),
        encodings: isCompressed ? ["br", "gzip"] : [],
      });
    }
    return new StaticFiles(files);
  }

  /** Number of files. */
  get size(): number {
    return this.#files.size;
  }

  /** Responds to a request. Returns false if there is no such file. */
  async respond(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
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
