import type { LoadedTrack, TrackInfo } from "@asterite/andesite";
import { LoadType } from "@asterite/andesite/advanced";
import { quote, sanitizeLine, UserError } from "@asterite/commands";
import { type QueueTrack, toQueueTrack } from "@asterite/queue";
import type { DjSettings } from "../options.ts";
import type { AudioNodes } from "./audio-nodes.ts";
import { type Hit, resolveHits, toHits } from "./hits.ts";

/** Result of a search. */
export interface TrackSearchResult {
  readonly tracks: readonly QueueTrack[];
  /** Name of the playlist; undefined for a single track. */
  readonly playlist: string | undefined;
  /** Number of playlist tracks above the bot's limit, which are not included. */
  readonly omitted: number;
  /** Number of further playlist tracks, at least, which a limit of the node left out. Default 0. */
  readonly omittedByNode?: number;
}

/** Maximum length of a query, in characters. */
const maxQueryLength = 500;
/** Maximum length of an encoded track and of an identifier, in characters. */
const maxTrackLength = 65_536;
const maxUrlLength = 1_000;

const sourcePrefix = /^(?:search|ytsearch|ytmsearch|scsearch):/;
/** Item that the music library of a node names. */
const libraryItem = /^library:[\w-]{16}$/;
const fileName =
  /\.(?:3gp|aac|aifc?|aiff|asx|au|caf|cue|flac|m3u8?|m4[ab]|mka|mkv|mov|mp[234]|mpga|oga|ogg|opus|pls|snd|w64|wav|weba|webm|wma|xspf)$/i;
/** Absolute paths and path traversal out of the node's music folder; nodes have to reject them too. */
const outsidePath = /^[\\/]|^[a-z]:|(?:^|[\\/])\.\.(?:[\\/]|$)/i;

/** Address of another kind than the node can load, such as `ftp://…`. */
const otherScheme = /^(?!https?:)[a-z][a-z\d+.-]*:\/\//i;

/** Completes an address that was copied without its scheme, such as `www.example.org/radio`. */
const completeAddress = (text: string): string =>
  /^www\.[^\s/]+\.[a-z]{2,}(?::\d+)?(?:\/\S*)?$/i.test(text) ? `https://${text}` : text;

const isUrl = (text: string): boolean => /^https?:\/\//i.test(text) && URL.canParse(text);

/** Removes the angle brackets with which chat clients enclose links to suppress the preview. */
const unbracket = (query: string): string => /^<(\S+)>$/.exec(query)?.[1] ?? query;

/** Returns whether a text may be the path of a file, or of a folder below another or with a slash at its end. */
const isPath = (text: string): boolean =>
  (fileName.test(text) || text.includes("/")) && !outsidePath.test(text) && !/^[a-z][a-z\d+.-]*:/i.test(text);

const boundedUrl = (url: string | null): string | null =>
  url !== null && url.length <= maxUrlLength ? url : null;

/**
 * Converts a loaded track and bounds its texts, which are kept, saved and published; undefined if it is too
 * long.
 */
function toBoundedTrack(info: TrackInfo): QueueTrack | undefined {
  const track = toQueueTrack(info);
  if (track.track.length > maxTrackLength || track.identifier.length > maxTrackLength) return undefined;
  return {
    ...track,
    title: sanitizeLine(track.title, 300),
    author: sanitizeLine(track.author, 200),
    uri: boundedUrl(track.uri),
    artwork: boundedUrl(track.artwork),
  };
}

/** Returns the first track, or the tracks of a playlist up to the limit; undefined if there are none. */
function toSearchResult(loaded: LoadedTrack, maxTracks: number): TrackSearchResult | undefined {
  const tracks = loaded.tracks ?? [];
  if (loaded.loadType !== LoadType.PLAYLIST_LOADED) {
    const [first] = tracks.slice(0, 1).flatMap((track) => toBoundedTrack(track) ?? []);
    return first && { tracks: [first], playlist: undefined, omitted: 0 };
  }
  const all = tracks.flatMap((track) => toBoundedTrack(track) ?? []);
  if (all.length === 0) return undefined;
  const playlist = loaded.playlistInfo?.name ?? "";
  return {
    tracks: all.slice(0, maxTracks),
    playlist,
    omitted: Math.max(0, all.length - maxTracks),
    omittedByNode: loaded.playlistInfo?.omitted ?? 0,
  };
}

/** Tracks of a query, or several hits of which the user has to choose. */
export type Finding = TrackSearchResult | { readonly choices: readonly Hit[] };

/** Searches and loads tracks on the nodes for one command. */
export class TrackSearch {
  readonly #nodes: AudioNodes;
  readonly #settings: DjSettings;
  readonly #signal: AbortSignal;

  /** @param signal - Signal of the command. */
  constructor(nodes: AudioNodes, settings: DjSettings, signal: AbortSignal) {
    this.#nodes = nodes;
    this.#settings = settings;
    this.#signal = signal;
  }

  /**
   * Finds the tracks for a query: a URL, a file, folder or playlist in the node's music folder, or search terms. Search
   * terms that are the name of an album, artist, folder or playlist find its tracks.
   *
   * @throws UserError if there are no results, or the node reports why it cannot load the track; transport errors.
   */
  async find(query: string): Promise<Finding> {
    const text = completeAddress(unbracket(query));
    checkLength(text);
    if (otherScheme.test(text)) throw new UserError(schemeHint);
    const failures: string[] = [];
    if (isUrl(text) || sourcePrefix.test(text) || libraryItem.test(text)) {
      const direct = await this.#load(libraryItem.test(text) ? `raw:${text}` : text, failures);
      if (direct) return direct;
      if (failures.length === 0 && isUrl(text)) throw new UserError(urlHint);
      throw noResults(text, failures);
    }
    const file = isPath(text) ? await this.#load(`raw:${text}`, failures) : undefined;
    if (file) return file;
    const hits = resolveHits(text, await this.#search(text, failures));
    const [hit] = hits;
    if (!hit) throw noResults(text, failures);
    return hits.length === 1 ? await this.loadHit(hit) : { choices: hits };
  }

  /**
   * Returns all tracks and collections that contain the search terms.
   *
   * @throws UserError if there are none.
   */
  async search(text: string): Promise<readonly Hit[]> {
    checkLength(text);
    const failures: string[] = [];
    const hits = await this.#search(text, failures);
    if (hits.length === 0) throw noResults(text, failures);
    return hits;
  }

  /**
   * Loads the tracks of a hit.
   *
   * @throws UserError if there are none any more, or the node reports why it cannot load them.
   */
  async loadHit(hit: Hit): Promise<TrackSearchResult> {
    if (hit.kind === "track") return { tracks: [hit.track], playlist: undefined, omitted: 0 };
    const failures: string[] = [];
    const result = await this.#load(hit.collection.identifier, failures);
    if (result) return { ...result, playlist: hit.collection.name };
    throw noResults(hit.collection.name, failures);
  }

  async #search(text: string, failures: string[]): Promise<readonly Hit[]> {
    for (const searcher of this.#settings.searchers) {
      const loaded = await this.#request(`${searcher}:${text}`, failures);
      const tracks = (loaded?.tracks ?? []).flatMap((track) => toBoundedTrack(track) ?? []);
      const hits = loaded ? toHits(tracks, loaded) : [];
      if (hits.length > 0) return hits;
    }
    return [];
  }

  async #load(identifier: string, failures: string[]): Promise<TrackSearchResult | undefined> {
    const loaded = await this.#request(identifier, failures);
    return loaded && toSearchResult(loaded, this.#settings.maxPlaylist);
  }

  /** Returns the response; undefined for a failure, whose reason is added to the failures. */
  async #request(identifier: string, failures: string[]): Promise<LoadedTrack | undefined> {
    const deadline = AbortSignal.any([this.#signal, AbortSignal.timeout(this.#settings.loadTimeoutMs)]);
    const loaded = await this.#nodes.load(identifier, deadline);
    if (loaded.success) return loaded;
    failures.push(loaded.cause?.message ?? "");
    return undefined;
  }
}

function checkLength(text: string): void {
  if (text.length > maxQueryLength)
    throw new UserError(`That search is too long. Use at most ${maxQueryLength} characters.`);
}

const urlHint =
  "The audio node found nothing to play at that address. If it finds nothing at any address, its operator has to " +
  "allow web addresses with `--set andesite.source.http=true`.";

const schemeHint = "I can only play web addresses that begin with http:// or https://.";

function noResults(text: string, [failure]: readonly string[]): UserError {
  if (failure === undefined)
    return new UserError(`No results for ${quote(text, 60)}. Try other words or a URL.`);
  const [, site] = /^(.{1,40}) requires the program yt-dlp/.exec(failure) ?? [];
  if (site !== undefined) {
    return new UserError(
      `I can't play ${quote(site)} here: the program yt-dlp is missing. The operator of the audio node can install it.`,
    );
  }
  return new UserError(
    `The audio node couldn't load that${failure === "" ? "" : `: ${quote(failure.replace(/\.$/, ""), 150)}`}.`,
  );
}
