/** What a file says about its track, as far as a player shows it. */
export interface Tags {
  readonly title: string | null;
  readonly author: string | null;
  readonly album: string | null;
  readonly lyrics: string | null;
  readonly isrc: string | null;
  readonly replayGainDb: number | null;
  /** Whether there seems to be a picture. */
  readonly hasPicture: boolean;
}

/** What Vorbis comments call a picture; other tags that have one get this field too, with anything in it. */
export const pictureField = "METADATA_BLOCK_PICTURE";

/** Nothing. */
export const noTags: Tags = Object.freeze({
  ...{ title: null, author: null, album: null },
  ...{ lyrics: null, isrc: null, replayGainDb: null, hasPicture: false },
});

/** LUFS of R128 tags (−23) against that of ReplayGain 2 (−18). */
const r128OffsetDb = 5;

/** Reads a gain as ReplayGain writes it: `-6.30 dB`. */
function parseGain(text: string | undefined): number | null {
  const figure = Number.parseFloat(text ?? "");
  return Number.isFinite(figure) && Math.abs(figure) <= 100 ? figure : null;
}

/** Reads a gain as R128 tags write it: a whole number of 1/256 dB, RFC 7845 section 5.2.1. */
function parseR128(text: string | undefined): number | null {
  const figure = parseGain(text && String(Number.parseInt(text, 10) / 256));
  return figure === null ? null : figure + r128OffsetDb;
}

const clean = (text: string | undefined): string | null => {
  const words = text?.replaceAll("\0", "").trim().toWellFormed();
  return words ? words : null;
};

/** Picks what is known out of fields with names in upper case, as Vorbis comments have them. */
export function tagsFrom(fields: ReadonlyMap<string, string>): Tags {
  return {
    title: clean(fields.get("TITLE")),
    author: clean(fields.get("ARTIST") ?? fields.get("ALBUMARTIST")),
    album: clean(fields.get("ALBUM")),
    lyrics: clean(fields.get("LYRICS") ?? fields.get("UNSYNCEDLYRICS")),
    isrc: clean(fields.get("ISRC")),
    replayGainDb: parseGain(fields.get("REPLAYGAIN_TRACK_GAIN")) ?? parseR128(fields.get("R128_TRACK_GAIN")),
    hasPicture: fields.has(pictureField),
  };
}
