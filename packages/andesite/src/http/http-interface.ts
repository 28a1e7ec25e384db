import {
  Header,
  type RouteDefinition,
  rawPrefix,
  readDecodedTracks,
  readListenLink,
  routes,
  type SnowflakeLike,
  toSnowflake,
} from "@asterite/andesite-protocol";
import { optionNames, requireIterable, requireKnownOptions, requireText } from "../checks.ts";
import { MalformedDataError, OutOfRangeError, requireValid } from "../errors.ts";
import { Stats } from "../models/stats.ts";
import { LoadedTrack, TrackInfo } from "../models/tracks.ts";
import type { WaitOptions } from "../wait-options.ts";
import { AbstractHTTP, type RequestOptions } from "./abstract-http.ts";
import { HTTPError } from "./http-error.ts";
import { decodeLocally } from "./local-decode.ts";
import { getSearcher, Searcher, type SearcherType } from "./searcher.ts";

/** Options of {@link HTTPInterface.loadTracks} and {@link HTTPInterface.loadTracksSafe}. */
export interface LoadOptions extends WaitOptions {
  /** Requests artwork, ISRC, album and lyrics as well, an extension of Asterite's nodes. Default: false. */
  readonly extended?: boolean | null | undefined;
}

/** Options of {@link HTTPInterface.listen} and {@link HTTPInterface.createLibraryLink}. */
export interface ListenOptions extends WaitOptions {
  /** Id of the bot whose player is streamed, or to which the link is bound. */
  readonly userId: SnowflakeLike;
  /** Validity of the link, in seconds, above 0. Default: chosen by the node. */
  readonly ttlSeconds?: number | null | undefined;
}

/** Signed link to the audio stream of a player, or to the music library of a node. */
export interface ListenLink {
  /** Path below the node's base URL, such as `/listen/…`, or an absolute URL. */
  readonly url: string;
  /** Time until which the link is valid. Existing streams continue. */
  readonly expires: Date;
}

/** Options of {@link HTTPInterface.searchTracks}. */
export interface SearchOptions extends WaitOptions {
  /** Search provider. Default: YouTube. */
  readonly searcher?: SearcherType | null | undefined;
}

/** Options of {@link HTTPInterface.decodeTrack}. */
export interface DecodeTrackOptions extends WaitOptions {
  /**
   * Decodes in this process, without a request. Also decodes tracks of sources that the node does not have;
   * the Java class of the track is unknown. Default: false.
   */
  readonly local?: boolean | null | undefined;
}

const waitNames = optionNames<WaitOptions>({ signal: true });
const loadNames = optionNames<LoadOptions>({ extended: true, signal: true });
const listenNames = optionNames<ListenOptions>({ userId: true, ttlSeconds: true, signal: true });
const searchNames = optionNames<SearchOptions>({ searcher: true, signal: true });
const decodeNames = optionNames<DecodeTrackOptions>({ local: true, signal: true });

/** Searches that nodes expect after `raw:`; after a second `raw:` they are plain text. */
const rawSearch = /^(?:ytmsearch|scsearch\[[^\]]*\]):/;

/** HTTP routes of a node, built on {@link AbstractHTTP.request}. Players are controlled over WebSockets. */
export abstract class HTTPInterface extends AbstractHTTP {
  /** Requests the statistics of the node. */
  async getStats(options?: WaitOptions | null): Promise<Stats> {
    requireKnownOptions("", options, waitNames);
    return Stats.fromRaw(await send(this, routes.stats, options));
  }

  /**
   * Loads tracks by an identifier: a URL, a search such as `ytsearch:query`, or another form that the node
   * supports. A failure to load is a result with `success` false, not an error.
   */
  async loadTracks(identifier: string, options?: LoadOptions | null): Promise<LoadedTrack> {
    requireKnownOptions("", options, loadNames);
    const params = {
      identifier: requireText("identifier", identifier),
      ...(options?.extended && { extended: "true" }),
    };
    return LoadedTrack.fromRaw(await send(this, routes.loadTracks, options, { params }));
  }

  /**
   * Like {@link loadTracks}, but ignores search prefixes such as `ytsearch:`, for URIs from users: such a text
   * matches nothing. Nodes other than Asterite's still search for a text after `ytsearch:` or `scsearch:`.
   */
  async loadTracksSafe(uri: string, options?: LoadOptions | null): Promise<LoadedTrack> {
    const text = requireText("uri", uri);
    const prefix = rawSearch.test(text) ? rawPrefix + rawPrefix : rawPrefix;
    return await this.loadTracks(prefix + text, options);
  }

  /**
   * Searches for tracks. Also rejects with an `InvalidTypeError` or `OutOfRangeError` for an unknown
   * searcher.
   */
  async searchTracks(query: string, options?: SearchOptions | null): Promise<LoadedTrack> {
    requireKnownOptions("", options, searchNames);
    const searcher = getSearcher(options?.searcher ?? Searcher.YOUTUBE);
    return await this.loadTracks(`${searcher}:${requireText("query", query)}`, { signal: options?.signal });
  }

  /**
   * Creates a signed link to the audio stream of a player, an extension of Asterite's nodes. A pool may send
   * the request to a node that does not have the player.
   *
   * Rejects with an `HTTPError` of status 404 when the node has no such player or lacks the extension; with a
   * `SnowflakeTypeError` or `SnowflakeRangeError` for an invalid id; with an `OutOfRangeError` for an invalid
   * `ttlSeconds`.
   */
  async listen(guildId: SnowflakeLike, options: ListenOptions): Promise<ListenLink> {
    return await createLink(this, routes.listen, guildId, options);
  }

  /**
   * Creates a signed link that lists the music folders of a node, an extension of Asterite's nodes. The link is bound to
   * user and guild, and needs no password.
   *
   * Rejects with an `HTTPError` of status 404 when the node has no music library or lacks the extension; otherwise like
   * {@link listen}.
   */
  async createLibraryLink(guildId: SnowflakeLike, options: ListenOptions): Promise<ListenLink> {
    return await createLink(this, routes.library, guildId, options);
  }

  /**
   * Decodes a track; null for every error response of the node, including that for a wrong password. {@link
   * decodeTracks} rejects with the error instead.
   */
  async decodeTrack(track: string, options?: DecodeTrackOptions | null): Promise<TrackInfo | null> {
    requireKnownOptions("", options, decodeNames);
    requireText("track", track);
    if (options?.local) return decodeLocally(track);
    try {
      return TrackInfo.fromRaw(await send(this, routes.decodeTrack, options, { json: { track } }));
    } catch (error) {
      if (error instanceof HTTPError) return null;
      throw error;
    }
  }

  /**
   * Decodes several tracks, in order. Rejects with an `HTTPError` when the node cannot decode one of them, also
   * for a string that is no track; the message has the index of the track.
   */
  async decodeTracks(tracks: Iterable<string>, options?: WaitOptions | null): Promise<TrackInfo[]> {
    requireKnownOptions("", options, waitNames);
    const json = Array.from(requireIterable("tracks", tracks), (track, index) =>
      requireText(`tracks.${index}`, track),
    );
    if (json.length === 0) return [];
    const response = await send(this, routes.decodeTracks, options, { json });
    const decoded = requireValid("decoded tracks", readDecodedTracks(response));
    if (decoded.length !== json.length) {
      throw new MalformedDataError("decoded tracks", "length", String(json.length));
    }
    return decoded.map((entry, index) => {
      if ("error" in entry) throw new HTTPError(400, `track ${index}: ${entry.error}`);
      return TrackInfo.fromWire(entry);
    });
  }
}

const send = (
  http: AbstractHTTP,
  { method, path }: RouteDefinition,
  options: WaitOptions | null | undefined,
  content?: RequestOptions,
) => http.request(method, path, { ...content, signal: options?.signal });

/** Requests a signed link. */
async function createLink(
  http: AbstractHTTP,
  route: RouteDefinition,
  guildId: SnowflakeLike,
  options: ListenOptions,
): Promise<ListenLink> {
  requireKnownOptions("", options, listenNames);
  const { userId, ttlSeconds: ttl, signal }: Partial<ListenOptions> = options ?? {};
  if (typeof ttl === "number" && !(ttl > 0 && Number.isFinite(ttl))) {
    throw new OutOfRangeError("ttlSeconds", "a number above 0");
  }
  const path = route.path.replace(":guildId", toSnowflake(guildId, "guildId"));
  const headers = { [Header.USER_ID]: toSnowflake(userId as SnowflakeLike, "userId") };
  const json = typeof ttl === "number" ? { ttl } : {};
  const response = await http.request(route.method, path, { headers, json, signal });
  const { url, expires } = requireValid("listen link", readListenLink(response));
  return { url, expires: new Date(expires) };
}
