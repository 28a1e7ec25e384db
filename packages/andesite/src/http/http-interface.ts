import {
  Header,
  type RouteDefinition,
  rawPrefix,
  readDecodedTracks,
  readListenLink,
  routes,
  type Snowflake,
  toSnowflake,
} from "@asterite/andesite-protocol";
import { InvalidTypeError, MalformedDataError, OutOfRangeError, requireValid } from "../errors.ts";
import { isInstance } from "../mixin.ts";
import { Stats } from "../models/stats.ts";
import { LoadedTrack, TrackInfo } from "../models/tracks.ts";
import type { WaitOptions } from "../wait-options.ts";
import { AbstractHTTP, type RequestOptions } from "./abstract-http.ts";
import { HTTPError } from "./http-error.ts";
import { decodeLocally } from "./local-decode.ts";
import { getSearcher, Searcher, type SearcherType } from "./searcher.ts";

/** Options of {@link HTTPInterface.loadTracks} and {@link HTTPInterface.loadTracksSafe}. */
export interface LoadOptions extends WaitOptions {
  /** Also asks for picture, ISRC, album and lyrics, which Asterite's nodes know. Default: false. */
  readonly extended?: boolean | null | undefined;
}

/** Options of {@link HTTPInterface.listen}. */
export interface ListenOptions extends WaitOptions {
  /** The bot whose player is meant. */
  readonly userId: Snowflake;
  /** How long the link opens the door, in seconds, above 0. Default: what the node thinks best. */
  readonly ttl?: number | null | undefined;
}

/** Where a player can be listened to. */
export interface ListenLink {
  /** A path such as `/listen/…` below the node, or a whole address. */
  readonly url: string;
  /** When it stops opening the door. Who listens already may stay. */
  readonly expires: Date;
}

/** Options of {@link HTTPInterface.searchTracks}. */
export interface SearchOptions extends WaitOptions {
  /** Where to search. Default: YouTube. */
  readonly searcher?: SearcherType | null | undefined;
}

/** Options of {@link HTTPInterface.decodeTrack}. */
export interface DecodeTrackOptions extends WaitOptions {
  /**
   * Decodes without asking the node. Then a track of a source that the node does not have is decoded too, and
   * the Java class of the track is not known. Default: false.
   */
  readonly local?: boolean | null | undefined;
}

/** The routes of a node, on top of {@link AbstractHTTP.request}. Players are commanded over WebSockets. */
export abstract class HTTPInterface extends AbstractHTTP {
  /** Holds for classes that the interface was mixed into as well. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: subclasses inherit this, and each asks for itself.
    return isInstance(this, value);
  }

  /** Statistics of the node. */
  async getStats(options?: WaitOptions | null): Promise<Stats> {
    return Stats.fromRaw(await send(this, routes.stats, options));
  }

  /**
   * Loads what an identifier stands for: a URL, a search such as `ytsearch:query`, or what else the node
   * understands. A failure to load is a result, not an error.
   */
  async loadTracks(identifier: string, options?: LoadOptions | null): Promise<LoadedTrack> {
    const params = {
      identifier: requireText("identifier", identifier),
      ...(options?.extended && { extended: "true" }),
    };
    return LoadedTrack.fromRaw(await send(this, routes.loadTracks, options, { params }));
  }

  /** Like {@link loadTracks}, but a search prefix in the text has no effect: for text that a user typed. */
  async loadTracksSafe(uri: string, options?: LoadOptions | null): Promise<LoadedTrack> {
    return await this.loadTracks(rawPrefix + requireText("uri", uri), options);
  }

  /**
   * Searches for tracks.
   *
   * Also rejects with an `InvalidTypeError` or `OutOfRangeError` for an unknown searcher.
   */
  async searchTracks(query: string, options?: SearchOptions | null): Promise<LoadedTrack> {
    const searcher = getSearcher(options?.searcher ?? Searcher.YOUTUBE);
    return await this.loadTracks(`${searcher}:${requireText("query", query)}`, options);
  }

  /**
   * A link under which anybody can listen to a player, an addition of Asterite's nodes. Through a pool it may
   * reach a node that does not have the player.
   *
   * Rejects with an `HTTPError` of status 404 where there is no such player, or no such addition; with a
   * `SnowflakeTypeError` or `SnowflakeRangeError` for a bad id, and with an `OutOfRangeError`.
   */
  async listen(guildId: Snowflake, options: ListenOptions): Promise<ListenLink> {
    const { ttl, signal } = options;
    if (typeof ttl === "number" && !(ttl > 0 && Number.isFinite(ttl))) {
      throw new OutOfRangeError("ttl", "a number above 0");
    }
    const path = routes.listen.path.replace(":guildId", toSnowflake(guildId, "guildId"));
    const headers = { [Header.USER_ID]: toSnowflake(options.userId, "userId") };
    const json = typeof ttl === "number" ? { ttl } : {};
    const answer = await this.request(routes.listen.method, path, { headers, json, signal });
    const { url, expires } = requireValid("listen link", readListenLink(answer));
    return { url, expires: new Date(expires) };
  }

  /**
   * What an encoded track says; null when the node refuses it for whatever reason, a wrong password among
   * them. {@link decodeTracks} tells why.
   */
  async decodeTrack(track: string, options?: DecodeTrackOptions | null): Promise<TrackInfo | null> {
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
   * What several encoded tracks say, in their order.
   *
   * Rejects with an `HTTPError` when the node cannot decode one of them; its message holds the index.
   */
  async decodeTracks(tracks: Iterable<string>, options?: WaitOptions | null): Promise<TrackInfo[]> {
    const json = Array.from(tracks, (track, index) => requireText(`tracks.${index}`, track));
    if (json.length === 0) return [];
    const answer = await send(this, routes.decodeTracks, options, { json });
    const decoded = requireValid("decoded tracks", readDecodedTracks(answer));
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

function requireText(field: string, value: string): string {
  if (typeof value !== "string") throw new InvalidTypeError(field, "a string");
  return value;
}
