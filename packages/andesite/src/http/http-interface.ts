import { type RouteDefinition, rawPrefix, readDecodedTracks, routes } from "@asterite/andesite-protocol";
import { InvalidTypeError, MalformedDataError, requireValid } from "../errors.ts";
import { isInstance } from "../mixin.ts";
import { Stats } from "../models/stats.ts";
import { LoadedTrack, TrackInfo } from "../models/tracks.ts";
import type { WaitOptions } from "../wait-options.ts";
import { AbstractHTTP, type RequestOptions } from "./abstract-http.ts";
import { HTTPError } from "./http-error.ts";
import { decodeLocally } from "./local-decode.ts";
import { getSearcher, Searcher, type SearcherType } from "./searcher.ts";

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
  async loadTracks(identifier: string, options?: WaitOptions | null): Promise<LoadedTrack> {
    const params = { identifier: requireText("identifier", identifier) };
    return LoadedTrack.fromRaw(await send(this, routes.loadTracks, options, { params }));
  }

  /** Like {@link loadTracks}, but a search prefix in the text has no effect: for text that a user typed. */
  async loadTracksSafe(uri: string, options?: WaitOptions | null): Promise<LoadedTrack> {
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
