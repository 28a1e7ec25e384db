import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { TrackError } from "@asterite/audio/media";
import { BoundedSemaphore, type Logger, raceSignal } from "@asterite/util";
import type { Picture } from "../loading/pictures/picture.ts";
import { runLoad } from "../loading/run-load.ts";
import type { ArtworkOptions } from "../options.ts";
import { sendError } from "../streaming/send-error.ts";
import type { ArtworkEndpoint } from "./artwork-endpoint.ts";
import { ArtworkLinks } from "./artwork-links.ts";

/** Reads the picture of a file; null if it has none. */
type ReadPicture = (file: string, signal: AbortSignal) => Promise<Picture | null>;

/** Pictures that may wait for a free slot; further requests fail. */
const maxWaiting = 1_000;
/** Time limits for reading a picture and for sending it to a client. */
const readTimeoutMs = 30_000;
const sendTimeoutMs = 30_000;
/** Time for which browsers may cache a picture. */
const maxAgeSeconds = 3_600;

type TaggedPicture = Picture & { readonly etag: string };

/** Picture that is queued, being read or being sent. Concurrent requests for the same file share it. */
interface PendingPicture {
  readonly picture: Promise<TaggedPicture | null>;
  /** Aborted when the last request for the picture has ended. */
  readonly abortController: AbortController;
  requestCount: number;
}

/** Serves the artwork of tracks at links that cannot be forged. */
export class ArtworkService implements ArtworkEndpoint {
  readonly #pictureReader: ReadPicture;
  readonly #logger: Logger;
  readonly #links: ArtworkLinks;
  readonly #semaphore: BoundedSemaphore;
  readonly #pending = new Map<string, PendingPicture>();

  constructor(pictureReader: ReadPicture, { maxAtOnce }: ArtworkOptions, logger: Logger, key?: Uint8Array) {
    this.#pictureReader = pictureReader;
    this.#logger = logger;
    this.#links = new ArtworkLinks(key);
    this.#semaphore = new BoundedSemaphore(maxAtOnce, maxWaiting);
  }

  /** Returns the path of a file's artwork, without checking whether the file has any. */
  createPath(file: string): string {
    return this.#links.createPath(file);
  }

  handleRequest(request: IncomingMessage, response: ServerResponse, path: string): void {
    const file = this.#links.parsePath(path);
    if (file === undefined) {
      sendError(response, 403, "The link is invalid or has expired");
      return;
    }
    this.#respond(file, request, response).catch((error: unknown) => {
      if (response.destroyed) return;
      if (error instanceof TrackError) {
        sendError(response, 503, error.message);
        return;
      }
      this.#logger.error({ err: error }, "artwork request failed");
      sendError(response, 500, "The artwork could not be read");
    });
  }

  async #respond(file: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pending = this.#pending.get(file) ?? this.#startReading(file);
    pending.requestCount += 1;
    response.once("close", () => {
      pending.requestCount -= 1;
      if (pending.requestCount > 0) return;
      this.#pending.delete(file);
      pending.abortController.abort();
    });
    const picture = await pending.picture;
    if (response.destroyed) return;
    if (picture === null) {
      sendError(response, 404, "The track has no artwork");
      return;
    }
    const timeout = setTimeout(() => response.destroy(), sendTimeoutMs);
    response.once("close", () => clearTimeout(timeout));
    sendPicture(picture, request, response);
  }

  /**
   * Reads a picture once for all requests. Holds its semaphore slot until the last request has ended, because
   * the picture stays in memory that long.
   */
  #startReading(file: string): PendingPicture {
    const abortController = new AbortController();
    const { promise, resolve, reject } = Promise.withResolvers<TaggedPicture | null>();
    // All requests may be gone before it rejects.
    promise.catch(() => {});
    const { signal } = abortController;
    const task = async (): Promise<void> => {
      resolve(await this.#readPicture(file, abortController));
      await new Promise((done) => signal.addEventListener("abort", done, { once: true }));
    };
    runLoad(this.#semaphore, task, signal).catch(reject);
    const pending = { picture: promise, abortController, requestCount: 0 };
    this.#pending.set(file, pending);
    return pending;
  }

  async #readPicture(file: string, abortController: AbortController): Promise<TaggedPicture | null> {
    const { signal } = abortController;
    const timeoutError = new TrackError("Reading the artwork timed out.", "SUSPICIOUS");
    const timer = setTimeout(() => abortController.abort(timeoutError), readTimeoutMs);
    // Reads from a network file system can hang and ignore the signal.
    const picture = await raceSignal(this.#pictureReader(file, signal), signal).finally(() =>
      clearTimeout(timer),
    );
    if (picture === null) return null;
    const hash = createHash("sha256").update(picture.data).digest("base64url");
    return { ...picture, etag: `"${hash.slice(0, 22)}"` };
  }
}

function sendPicture(
  { type, data, etag }: TaggedPicture,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const headers = {
    ETag: etag,
    "Cache-Control": `private, max-age=${maxAgeSeconds}`,
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
