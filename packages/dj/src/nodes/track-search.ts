import { type LoadedTrack, LoadType, type TrackInfo } from "@asterite/andesite";
import { type QueueTrack, toQueueTrack } from "@asterite/queue";
import { UserError } from "../errors.ts";
import type { DjSettings } from "../options.ts";
import { plain, quoted } from "../sanitize.ts";
import type { AudioNodes } from "./audio-nodes.ts";

/** What was found for what somebody typed. */
export interface TrackSearchResult {
  readonly tracks: readonly QueueTrack[];
  /** Name of the playlist; null for a single track. */
  readonly playlist: string | null;
  /** How many of the playlist were left out. */
  readonly leftOut: number;
}

/** Longest text that is looked for, in characters. */
const longestQuery = 500;
const longestTrack = 65_536;
const longestAddress = 1_000;

const searches = /^(?:search|ytsearch|ytmsearch|scsearch):/;
const fileName = /\.(?:aac|aif|aiff|flac|m3u8?|m4a|mka|mkv|mp[34]|oga|ogg|opus|pls|wav|webm|wma)$/i;
/** What could lead out of the node's music folder; a node has to refuse that too. */
const leadsOut = /^[\\/]|^[a-z]:|(?:^|[\\/])\.\.(?:[\\/]|$)/i;

const isAddress = (text: string): boolean => /^https?:\/\//i.test(text) && URL.canParse(text);

/** Identifiers to try one after the other. */
function identifiersFor(typed: string, searchers: readonly string[]): string[] {
  // Clients put addresses in angle brackets so that no preview is shown.
  const text = /^<(\S+)>$/.exec(typed)?.[1] ?? typed;
  if (isAddress(text)) return [text];
  if (searches.test(text)) return [text];
  const words = searchers.map((searcher) => `${searcher}:${text}`);
  const isFile = fileName.test(text) && !leadsOut.test(text) && !text.includes("://");
  return isFile ? [`raw:${text}`, ...words] : words;
}

const shortAddress = (address: string | null): string | null =>
  address !== null && address.length <= longestAddress ? address : null;

/** A track whose texts have a bounded length: they are kept, written down and published many times. */
function bounded(info: TrackInfo): QueueTrack | null {
  const track = toQueueTrack(info);
  if (track.track.length > longestTrack || track.identifier.length > longestTrack) return null;
  return {
    ...track,
    title: plain(track.title, 300),
    author: plain(track.author, 200),
    uri: shortAddress(track.uri),
    artwork: shortAddress(track.artwork),
  };
}

function read(loaded: LoadedTrack, most: number): TrackSearchResult | null {
  const tracks = loaded.tracks ?? [];
  if (loaded.loadType !== LoadType.PLAYLIST_LOADED) {
    const [first] = tracks.slice(0, 1).flatMap((track) => bounded(track) ?? []);
    return first ? { tracks: [first], playlist: null, leftOut: 0 } : null;
  }
  const all = tracks.flatMap((track) => bounded(track) ?? []);
  if (all.length === 0) return null;
  const playlist = loaded.playlistInfo?.name ?? "";
  return { tracks: all.slice(0, most), playlist, leftOut: Math.max(0, all.length - most) };
}

/**
 * Finds tracks for what somebody typed: an address, a file of the node's music folder, or words.
 *
 * @throws Hint where nothing is found, or the node says what is wrong; what the transport throws.
 */
export async function findTracks(
  typed: string,
  nodes: AudioNodes,
  settings: DjSettings,
  signal: AbortSignal,
): Promise<TrackSearchResult> {
  const { searchers, loadTimeoutMs, maxPlaylist } = settings;
  if (typed.length > longestQuery)
    throw new UserError(`That is too long; ${longestQuery} characters are enough.`);
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(loadTimeoutMs)]);
  let failure: string | null = null;
  for (const identifier of identifiersFor(typed, searchers)) {
    const loaded = await nodes.load(identifier, deadline);
    const found = loaded.success ? read(loaded, maxPlaylist) : null;
    if (found) return found;
    if (!loaded.success) failure ??= loaded.cause?.message ?? "";
  }
  if (failure !== null) {
    const reason = failure === "" ? "" : ` It says: ${quoted(failure, 150)}`;
    throw new UserError(`The audio node could not open that.${reason}`);
  }
  throw new UserError(`I found nothing for ${quoted(typed, 60)}. Try other words, or give an address.`);
}
