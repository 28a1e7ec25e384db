import { TrackError } from "@asterite/audio/media";
import * as v from "valibot";
import type { MediaLocation } from "../../bytes/media-location.ts";

// Fields of yt-dlp's "info dict". A field of the wrong type counts as missing.
const text = v.fallback(v.nullish(v.string(), null), null);
const seconds = v.fallback(v.nullish(v.pipe(v.number(), v.finite(), v.minValue(0)), null), null);
const flag = v.fallback(v.nullish(v.boolean(), null), null);

const item = v.object({
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
});

const list = v.object({ ...item.entries, entries: v.array(v.unknown()) });

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
  if (v.is(list, output)) {
    return {
      isList: true,
      name: v.parse(list, output).title,
      items: flatten(output, maxListDepth).slice(0, limit),
    };
  }
  const single = parseItem(output);
  if (!single) throw new TrackError("yt-dlp found no playable track.", "COMMON");
  return { isList: false, name: null, items: [single] };
}

function flatten(value: unknown, depth: number): YtDlpItem[] {
  const parsed = v.safeParse(list, value);
  if (!parsed.success) {
    const single = parseItem(value);
    return single ? [single] : [];
  }
  return depth > 0 ? parsed.output.entries.flatMap((entry) => flatten(entry, depth - 1)) : [];
}

function parseItem(value: unknown): YtDlpItem | null {
  const parsed = v.safeParse(item, value);
  if (!parsed.success || parsed.output.id === null) return null;
  const fields = parsed.output;
  const isStream = fields.is_live === true || fields.live_status === "is_live";
  return {
    id: parsed.output.id,
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
  url: v.string(),
  protocol: text,
  http_headers: v.fallback(v.record(v.string(), v.string()), {}),
});
const selection = v.object({ requested_downloads: v.array(media) });

/**
 * Parses the location of the audio that yt-dlp selected.
 *
 * @throws TrackError when there is none that this node plays.
 */
export function parseMediaLocation(output: unknown): MediaLocation {
  const downloads = v.safeParse(selection, output);
  const found = v.safeParse(media, downloads.success ? downloads.output.requested_downloads[0] : output);
  if (!found.success) throw new TrackError("yt-dlp found no playable track.", "COMMON");
  const { url, protocol, http_headers: headers } = found.output;
  if (/m3u8|dash|rtmp/.test(protocol ?? "") || !/^https?:/i.test(url)) {
    throw new TrackError(
      "This is only available as a type of stream that this node does not play.",
      "COMMON",
    );
  }
  return { type: "http", url, headers: Object.fromEntries(Object.entries(headers).filter(isSendable)) };
}

/** Node rejects headers with invalid characters, such as line breaks. */
const isSendable = ([name, value]: [string, string]): boolean =>
  /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
