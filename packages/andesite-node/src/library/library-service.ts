import type { IncomingMessage, ServerResponse } from "node:http";
import { libraryPath } from "@asterite/andesite-protocol";
import { KeyedRateLimiter, type Logger } from "@asterite/util";
import { HttpError } from "../api/http/http-error.ts";
import type { Query } from "../api/http/query.ts";
import type { CatalogGroup, CatalogItem } from "../loading/library/catalog.ts";
import { collectionKinds } from "../loading/library/collections.ts";
import type { LibraryCatalog } from "../loading/library/library-catalog.ts";
import type { Loader } from "../loading/loader.ts";
import { clientOf } from "../streaming/listener-client.ts";
import { sendError } from "../streaming/send-error.ts";
import { type LinkLifetimes, SignedLinks } from "../streaming/signed-links.ts";
import type { StreamLink } from "../streaming/stream-endpoint.ts";
import type { LibraryEndpoint } from "./library-endpoint.ts";
import { toWireEntry, toWireItem, type WireItem, type WireTrack } from "./wire-items.ts";

/** Items of a page. */
const defaultLimit = 60;
const maxLimit = 200;
const maxSearchLength = 200;
/** Requests of one client with one link: typing quickly sends about ten a second. */
const requestRate = { burst: 100, everyMs: 50 };

/** Playlists whose entries are kept for the next page, and the time in ms for which they are. */
const maxPlaylists = 20;
const playlistMs = 60_000;

/** Page of items on the wire. */
interface WirePage {
  /** Group whose content this is. */
  readonly parent?: WireItem;
  /** Number of items of each kind that match the search. */
  readonly counts?: Readonly<Record<CatalogItem["kind"], number>>;
  /** Number of items on all pages. */
  readonly total: number;
  readonly items: readonly WireItem[];
}

/** Entries of a playlist that were read. */
interface ReadPlaylist {
  readonly entries: readonly WireTrack[];
  /** Time until which they are kept, on the clock of `performance.now()`. */
  readonly untilMs: number;
}

/** Dependencies of {@link LibraryService}. */
export interface LibraryServiceOptions {
  readonly loader: Pick<Loader, "catalog" | "load">;
  /** Returns the path of the picture of a file. */
  readonly artworkPath: (path: string) => string;
  readonly lifetimes: LinkLifetimes;
  readonly logger: Logger;
}

/** Lets users browse the music folders, at links that neither contain nor need the password. */
export class LibraryService implements LibraryEndpoint {
  readonly #options: LibraryServiceOptions;
  readonly #links = new SignedLinks(libraryPath);
  readonly #rates = new KeyedRateLimiter<string>(requestRate);
  /** By path, in the order in which they were read. */
  readonly #playlists = new Map<string, ReadPlaylist>();

  constructor(options: LibraryServiceOptions) {
    this.#options = options;
  }

  createLink(userId: string, guildId: string, ttlSeconds: number | undefined): StreamLink | undefined {
    const { loader, lifetimes } = this.#options;
    if (!loader.catalog) return undefined;
    loader.catalog.prepare();
    return this.#links.createLink({ userId, guildId }, ttlSeconds, lifetimes);
  }

  handleRequest(request: IncomingMessage, response: ServerResponse, path: string, query: Query): void {
    const { loader, logger } = this.#options;
    if (!loader.catalog || !this.#links.verifyPath(path, Date.now())) {
      sendError(response, 403, "The link is invalid or has expired");
      return;
    }
    if (!this.#rates.tryUse(`${path} ${clientOf(request) ?? ""}`)) {
      response.setHeader("Retry-After", "1");
      sendError(response, 429, "Too many requests with this link");
      return;
    }
    const clientGone = new AbortController();
    response.once("close", () => clientGone.abort());
    this.#createPage(loader.catalog, query, clientGone.signal).then(
      (page) => sendPage(request, response, page),
      (error: unknown) => {
        if (clientGone.signal.aborted) return;
        if (error instanceof HttpError) {
          sendError(response, error.status, error.message);
          return;
        }
        logger.error({ err: error }, "library request failed");
        sendError(response, 500, "The library could not be read");
      },
    );
  }

  async #createPage(library: LibraryCatalog, query: Query, signal: AbortSignal): Promise<WirePage> {
    const { artworkPath } = this.#options;
    const catalog = await library.get(signal);
    const toWire = (item: CatalogItem): WireItem => toWireItem(item, artworkPath);
    const key = query.get("in");
    if (key === undefined) {
      const { counts, items } = catalog.list(
        readKind(query),
        (query.get("q") ?? "").slice(0, maxSearchLength),
      );
      const page = pageOf(sortItems(items, query), query);
      return { counts, total: items.length, items: page.map(toWire) };
    }
    if (key === "") {
      const items = [...catalog.top.groups, ...catalog.top.tracks];
      return { total: items.length, items: pageOf(items, query).map(toWire) };
    }
    const group = catalog.find(key);
    if (!group || group.kind === "track") throw new HttpError(404, "There is no such group in the library");
    const parent = toWire(group);
    if (group.kind === "playlist") {
      const entries = await this.#readPlaylist(group.path ?? "", signal);
      return { parent, total: entries.length, items: pageOf(entries, query) };
    }
    const items = contentOf(group);
    return { parent, total: items.length, items: pageOf(items, query).map(toWire) };
  }

  /** Returns the entries of a playlist; none if it cannot be loaded. All of its tracks are probed, so they are kept. */
  async #readPlaylist(path: string, signal: AbortSignal): Promise<readonly WireTrack[]> {
    const known = this.#playlists.get(path);
    if (known && performance.now() < known.untilMs) return known.entries;
    const loaded = await this.#options.loader.load(`raw:${path}`, signal);
    if (!("tracks" in loaded)) return [];
    const entries = loaded.tracks.map(toWireEntry);
    this.#playlists.delete(path);
    this.#playlists.set(path, { entries, untilMs: performance.now() + playlistMs });
    const [oldest] = this.#playlists.keys();
    if (this.#playlists.size > maxPlaylists && oldest !== undefined) this.#playlists.delete(oldest);
    return entries;
  }
}

/** Returns the albums of an artist and the tracks in none of them; or the folders and tracks directly in a folder. */
function contentOf({ kind, groups, tracks }: CatalogGroup): readonly CatalogItem[] {
  const loose = kind === "artist" ? tracks.filter(({ album }) => album === null) : tracks;
  return [...groups, ...loose];
}

function readKind(query: Query): CatalogItem["kind"] {
  const text = query.get("kind") ?? "album";
  const kind = [...collectionKinds, "track" as const].find((one) => one === text);
  if (kind === undefined) throw new HttpError(400, `kind must be ${collectionKinds.join(", ")} or track`);
  return kind;
}

function readCount(query: Query, name: string, byDefault: number, max: number): number {
  const text = query.get(name) ?? String(byDefault);
  if (!/^\d{1,9}$/.test(text)) throw new HttpError(400, `${name} must be an integer of at least 0`);
  return Math.min(Number(text), max);
}

function pageOf<Item>(items: readonly Item[], query: Query): readonly Item[] {
  const offset = readCount(query, "offset", 0, Number.MAX_SAFE_INTEGER);
  return items.slice(offset, offset + readCount(query, "limit", defaultLimit, maxLimit));
}

function sortItems(items: readonly CatalogItem[], query: Query): readonly CatalogItem[] {
  const order = query.get("sort") ?? "name";
  if (order === "name") return items;
  if (order === "added") return items.toSorted((one, other) => other.addedMs - one.addedMs);
  if (order !== "random") throw new HttpError(400, "sort must be name, added or random");
  const count = Math.min(items.length, readCount(query, "limit", defaultLimit, maxLimit));
  const left = [...items];
  return Array.from({ length: count }, () => left.splice(Math.floor(Math.random() * left.length), 1)).flat();
}

function sendPage(request: IncomingMessage, response: ServerResponse, page: WirePage): void {
  if (response.headersSent || response.destroyed) return;
  const text = Buffer.from(JSON.stringify(page));
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": text.length });
  response.end(request.method === "HEAD" ? undefined : text);
}
