/** Tags of a file that players show. */
export interface Tags {
  readonly title: string | null;
  readonly author: string | null;
  readonly album: string | null;
  readonly lyrics: string | null;
  readonly isrc: string | null;
  readonly cueSheet: string | null;
  /** Number of the disc in its album, from 1. */
  readonly discNumber: number | null;
  /** Number of the track on its disc, from 1. */
  readonly trackNumber: number | null;
  readonly replayGainDb: number | null;
  /** Whether the file seems to contain a picture. */
  readonly hasPicture: boolean;
}

/**
 * Name of the picture field in Vorbis comments; readers of other tags set the same field, with any content,
 * to mark a picture.
 */
export const pictureField = "METADATA_BLOCK_PICTURE";

/** Tags of a file without tags. */
export const noTags: Tags = Object.freeze({
  title: null,
  author: null,
  album: null,
  lyrics: null,
  isrc: null,
  cueSheet: null,
  discNumber: null,
  trackNumber: null,
  replayGainDb: null,
  hasPicture: false,
});

/** Merges two tags of one file; values of the first take precedence. */
export const mergeTags = (first: Tags, second: Tags): Tags => ({
  title: first.title ?? second.title,
  author: first.author ?? second.author,
  album: first.album ?? second.album,
  lyrics: first.lyrics ?? second.lyrics,
  isrc: first.isrc ?? second.isrc,
  cueSheet: first.cueSheet ?? second.cueSheet,
  discNumber: first.discNumber ?? second.discNumber,
  trackNumber: first.trackNumber ?? second.trackNumber,
  replayGainDb: first.replayGainDb ?? second.replayGainDb,
  hasPicture: first.hasPicture || second.hasPicture,
});

/** Offset between the references of R128 tags (−23 LUFS) and ReplayGain 2 (−18 LUFS). */
const r128OffsetDb = 5;

/** Parses a ReplayGain value such as `-6.30 dB`. */
function parseGain(text: string | undefined): number | null {
  const figure = Number.parseFloat(text ?? "");
  return Number.isFinite(figure) && Math.abs(figure) <= 100 ? figure : null;
}

/** Parses an R128 gain: an integer of 1/256 dB (RFC 7845, section 5.2.1). */
function parseR128(text: string | undefined): number | null {
  const figure = parseGain(text && String(Number.parseInt(text, 10) / 256));
  return figure === null ? null : figure + r128OffsetDb;
}

const clean = (text: string | undefined): string | null => {
  const words = text?.replaceAll("\0", "").trim().toWellFormed();
  return words ? words : null;
};

/** Parses a number from 1, which the number of all may follow: `3/12`. */
function parseNumber(text: string | undefined): number | null {
  const number = Number(/^\s*(\d{1,5})(?!\d)/.exec(text ?? "")?.[1] ?? 0);
  return number > 0 ? number : null;
}

/** Extracts the known tags from fields with names in upper case, as in Vorbis comments. */
export function tagsFrom(fields: ReadonlyMap<string, string>): Tags {
  return {
    title: clean(fields.get("TITLE")),
    author: clean(fields.get("ARTIST") ?? fields.get("ALBUMARTIST")),
    album: clean(fields.get("ALBUM")),
    lyrics: clean(fields.get("LYRICS") ?? fields.get("UNSYNCEDLYRICS")),
    isrc: clean(fields.get("ISRC")),
    cueSheet: clean(fields.get("CUESHEET")),
    discNumber: parseNumber(fields.get("DISCNUMBER") ?? fields.get("DISC")),
    trackNumber: parseNumber(fields.get("TRACKNUMBER") ?? fields.get("TRACK") ?? fields.get("PART_NUMBER")),
    replayGainDb: parseGain(fields.get("REPLAYGAIN_TRACK_GAIN")) ?? parseR128(fields.get("R128_TRACK_GAIN")),
    hasPicture: fields.has(pictureField),
  };
}
