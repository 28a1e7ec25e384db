import type { LoadedTrack, TrackInfo } from "@asterite/andesite";
import { LoadType } from "@asterite/andesite/advanced";
import { quote, sanitizeLine, UserError } from "@asterite/commands";
import { type QueueTrack, toQueueTrack } from "@asterite/queue";
import type { DjSettings } from "../options.ts";
import type { AudioNodes } from "./audio-nodes.ts";

/** Result of a search. */
export interface TrackSearchResult {
  readonly tracks: readonly QueueTrack[];
  /** Name of the playlist; undefined for a single track. */
  readonly playlist: string | undefined;
  /** Number of playlist tracks above the limit, which are not included. */
  readonly omitted: number;
}

/** Maximum length of a query, in characters. */
const maxQueryLength = 500;
/** Maximum length of an encoded track and of an identifier, in characters. */
const maxTrackLength = 65_536;
const maxUrlLength = 1_000;

const sourcePrefix = /^(?:search|ytsearch|ytmsearch|scsearch):/;
const fileName = /\.(?:aac|aif|aiff|flac|m3u8?|m4a|mka|mkv|mp[34]|oga|ogg|opus|pls|wav|webm|wma)$/i;
/** Absolute paths and path traversal out of the node's music folder; nodes have to reject them too. */
const outsidePath = /^[\\/]|^[a-z]:|(?:^|[\\/])\.\.(?:[\\/]|$)/i;

const isUrl = (text: string): boolean => /^https?:\/\//i.test(text) && URL.canParse(text);

/** Returns the identifiers to try for a query, in this order. */
function identifiersFor(query: string, searchers: readonly string[]): string[] {
  // Chat clients enclose links in angle brackets to suppress the preview.
  const text = /^<(\S+)>$/.exec(query)?.[1] ?? query;
  if (isUrl(text)) return [text];
  if (sourcePrefix.test(text)) return [text];
  const searches = searchers.map((searcher) => `${searcher}:${text}`);
  const isFile = fileName.test(text) && !outsidePath.test(text) && !text.includes("://");
  return isFile ? [`raw:${text}`, ...searches] : searches;
}

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
  return { tracks: all.slice(0, maxTracks), playlist, omitted: Math.max(0, all.length - maxTracks) };
}

/**
 * Finds the tracks for a query: a URL, a file in the node's music folder, or search terms.
 *
 * @throws UserError if there are no results, or the node reports why it cannot load the track; transport
 *   errors.
 */
export async function findTracks(
  query: string,
  nodes: AudioNodes,
  settings: DjSettings,
  signal: AbortSignal,
): Promise<TrackSearchResult> {
  const { searchers, loadTimeoutMs, maxPlaylist } = settings;
  if (query.length > maxQueryLength) {
    throw new UserError(`That search is too long. Use at most ${maxQueryLength} characters.`);
  }
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(loadTimeoutMs)]);
  let failure: string | undefined;
  for (const identifier of identifiersFor(query, searchers)) {
    const loaded = await nodes.load(identifier, deadline);
    const result = loaded.success ? toSearchResult(loaded, maxPlaylist) : undefined;
    if (result) return result;
    if (!loaded.success) failure ??= loaded.cause?.message ?? "";
  }
  if (failure !== undefined) {
    const reason = failure === "" ? "" : `: ${quote(failure, 150)}`;
    throw new UserError(`The audio node couldn't load that${reason}.`);
  }
  throw new UserError(`No results for ${quote(query, 60)}. Try other words or a URL.`);
}
