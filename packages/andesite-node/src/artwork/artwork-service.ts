import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { TrackError } from "@asterite/audio/media";
import type { Logger } from "@asterite/util";
import { LoadGate } from "../loading/load-gate.ts";
import { orAborted } from "../loading/or-aborted.ts";
import type { Picture } from "../loading/pictures/picture.ts";
import type { ArtworkOptions } from "../options.ts";
import { refuse } from "../streaming/send-error.ts";
import type { ArtworkServing } from "./artwork-endpoint.ts";
import { ArtworkLinks } from "./artwork-links.ts";

/** Reads the picture of a file; null where it has none. */
type ReadPicture = (file: string, signal: AbortSignal) => Promise<Picture | null>;

/** Pictures that may wait for others to be sent; more are refused. */
const mostWaiting = 1_000;
/** ms in which a picture has to be found, and again in which it has to be taken. */
const readMs = 30_000;
const sendMs = 30_000;
/** s for which a browser need not ask again. */
const freshSeconds = 3_600;

type TaggedPicture = Picture & { readonly etag: string };

/** A picture that is waited for, read or sent. */
interface Showing {
  readonly picture: Promise<TaggedPicture | null>;
  /** Aborted when nobody wants it any more. */
  readonly unwanted: AbortController;
  viewers: number;
}

/** Shows the pictures of tracks: addresses that nobody can make up, and the pictures behind them. */
export class ArtworkService implements ArtworkServing {
  readonly #read: ReadPicture;
  readonly #logger: Logger;
  readonly #links: ArtworkLinks;
  readonly #gate: LoadGate;
  readonly #showings = new Map<string, Showing>();

  constructor(read: ReadPicture, { maxAtOnce }: ArtworkOptions, logger: Logger, key?: Uint8Array) {
    this.#read = read;
    this.#logger = logger;
    this.#links = new ArtworkLinks(key);
    this.#gate = new LoadGate(maxAtOnce, mostWaiting);
  }

  /** The path at which the picture of a file is shown, without a look at whether it has one. */
  url(file: string): string {
    return this.#links.path(file);
  }

  serve(request: IncomingMessage, response: ServerResponse, path: string): void {
    const file = this.#links.read(path);
    if (file === null) {
      refuse(response, 403, "The address is wrong or too old");
      return;
    }
    this.#answer(file, request, response).catch((error: unknown) => {
      if (response.destroyed) return;
      if (error instanceof TrackError) {
        refuse(response, 503, error.message);
        return;
      }
      this.#logger.error({ err: error }, "a picture could not be shown");
      refuse(response, 500, "The picture could not be read");
    });
  }

  async #answer(file: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const showing = this.#showings.get(file) ?? this.#show(file);
    showing.viewers += 1;
    response.once("close", () => {
      showing.viewers -= 1;
      if (showing.viewers > 0) return;
      this.#showings.delete(file);
      showing.unwanted.abort();
    });
    const picture = await showing.picture;
    if (response.destroyed) return;
    if (picture === null) {
      refuse(response, 404, "There is no picture");
      return;
    }
    const late = setTimeout(() => response.destroy(), sendMs);
    response.once("close", () => clearTimeout(late));
    send(picture, request, response);
  }

  /** Reads a picture once for all who want it, and keeps its place among those in memory until they have it. */
  #show(file: string): Showing {
    const unwanted = new AbortController();
    const { promise, resolve, reject } = Promise.withResolvers<TaggedPicture | null>();
    // Nobody may be left to hear of it.
    promise.catch(() => {});
    const { signal } = unwanted;
    const show = async (): Promise<void> => {
      resolve(await this.#find(file, unwanted));
      await new Promise((done) => signal.addEventListener("abort", done, { once: true }));
    };
    this.#gate.run(show, signal).catch(reject);
    const showing = { picture: promise, unwanted, viewers: 0 };
    this.#showings.set(file, showing);
    return showing;
  }

  async #find(file: string, unwanted: AbortController): Promise<TaggedPicture | null> {
    const { signal } = unwanted;
    const late = new TrackError("Reading the picture took too long.", "SUSPICIOUS");
    const timer = setTimeout(() => unwanted.abort(late), readMs);
    // A folder on a network may never answer, and knows no signal.
    const picture = await orAborted(this.#read(file, signal), signal).finally(() => clearTimeout(timer));
    if (picture === null) return null;
    const hash = createHash("sha256").update(picture.data).digest("base64url");
    return { ...picture, etag: `"${hash.slice(0, 22)}"` };
  }
}

function send({ type, data, etag }: TaggedPicture, request: IncomingMessage, response: ServerResponse): void {
  const headers = {
    ETag: etag,
    "Cache-Control": `private, max-age=${freshSeconds}`,
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
  };
  const known = request.headers["if-none-match"]?.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  if (known?.some((tag) => tag === etag || tag === "*")) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, "Content-Type": type, "Content-Length": data.length });
  response.end(request.method === "HEAD" ? undefined : data);
}
