import { TrackError } from "@asterite/audio/media";
import * as v from "@asterite/util/schema";
import type { MediaLocation } from "../../bytes/media-location.ts";

// Fields of yt-dlp's "info dict". A field of the wrong type counts as missing.
const text = v.fallback(v.nullable(v.string), null);
const seconds = v.fallback(v.nullable(v.numberOf(0, Number.MAX_VALUE)), null);
const flag = v.fallback(v.nullable(v.boolean), null);

const itemFields = {
  _type: text,
  id: text,
  title: text,
  url: text,
  webpage_url: text,
  uploader: text,
  channel: text,
  artist: text,
  album: text,
  duration: seconds,
  is_live: flag,
  live_status: text,
  thumbnail: text,
};
const item = v.object(itemFields);
const list = v.object({ ...itemFields, playlist_count: seconds, entries: v.array(v.unknown) });

/** A video or song. */
export interface YtDlpItem {
  readonly id: string;
  readonly title: string | null;
  readonly author: string | null;
  readonly album: string | null;
  /** Null for live streams, and if unknown. */
  readonly durationMs: number | null;
  readonly isStream: boolean;
  /** URL of the page; null if unknown. */
  readonly pageUrl: string | null;
  readonly artworkUrl: string | null;
}

/** Result of yt-dlp for a target: a single item or a list. */
export interface YtDlpResult {
  readonly isList: boolean;
  /** Title of the list; null for a single item, and if unknown. */
  readonly name: string | null;
  readonly items: readonly YtDlpItem[];
  /** Number of further items, as far as it is known. */
  readonly omitted: number;
}

/** Maximum nesting depth of lists: a channel contains lists of videos by kind. */
const maxListDepth = 3;

/**
 * Parses the output of yt-dlp for a target.
 *
 * @param limit - Maximum number of items; further ones are dropped.
 * @throws TrackError when the output contains no item.
 */
export function parseResult(output: unknown, limit: number): YtDlpResult {
  const found = list(output);
  if (!(found instanceof v.Mismatch)) {
    const items = flatten(output, maxListDepth);
    const count = Math.max(items.length, Math.trunc(found.playlist_count ?? 0));
    return {
      isList: true,
      name: found.title,
      items: items.slice(0, limit),
      omitted: Math.max(0, count - limit),
    };
  }
  const single = parseItem(output);
  if (!single) throw new TrackError("yt-dlp found no playable track.", "COMMON");
  return { isList: false, name: null, items: [single], omitted: 0 };
}

function flatten(value: unknown, depth: number): YtDlpItem[] {
  const found = list(value);
  if (found instanceof v.Mismatch) {
    const single = parseItem(value);
    return single ? [single] : [];
  }
  return depth > 0 ? found.entries.flatMap((entry) => flatten(entry, depth - 1)) : [];
}

function parseItem(value: unknown): YtDlpItem | null {
  const fields = item(value);
  if (fields instanceof v.Mismatch || fields.id === null) return null;
  const isStream = fields.is_live === true || fields.live_status === "is_live";
  return {
    id: fields.id,
    title: fields.title,
    author: fields.artist ?? fields.uploader ?? fields.channel,
    album: fields.album,
    durationMs: isStream || fields.duration === null ? null : Math.round(fields.duration * 1_000),
    isStream,
    // Entries of a flat list have no `webpage_url`; their `url` is the page.
    pageUrl: fields.webpage_url ?? fields.url,
    artworkUrl: fields.thumbnail,
  };
}

const media = v.object({
  url: v.string,
  protocol: text,
  http_headers: v.fallback(v.record(v.string), {}),
});
const selection = v.object({ requested_downloads: v.array(media) });

/**
 * Parses the location of the audio that yt-dlp selected.
 *
 * @throws TrackError when there is none that this node plays.
 */
export function parseMediaLocation(output: unknown): MediaLocation {
  const downloads = selection(output);
  const found = media(downloads instanceof v.Mismatch ? output : downloads.requested_downloads[0]);
  if (found instanceof v.Mismatch) throw new TrackError("yt-dlp found no playable track.", "COMMON");
  const { url, protocol, http_headers: headers } = found;
  if (/dash|rtmp/.test(protocol ?? "") || !/^https?:/i.test(url)) {
    throw new TrackError(
      "This is only available as a type of stream that this node does not play.",
      "COMMON",
    );
  }
  const isHls = /^m3u8/.test(protocol ?? "");
  const sendable = Object.fromEntries(Object.entries(headers).filter(isSendable));
  return { type: "http", url, headers: sendable, ...(isHls && { isHls }) };
}

/** Node rejects headers with invalid characters, such as line breaks. */
const isSendable = ([name, value]: [string, string]): boolean =>
  /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
