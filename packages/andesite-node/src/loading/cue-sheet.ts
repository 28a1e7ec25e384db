import type { MediaPart } from "@asterite/audio/media";

/** Track of a cue sheet that is a part of a file. */
export interface CuePart extends MediaPart {
  /** Number of the track; null for 0. */
  readonly number: number | null;
  /** Number of the disc, from `REM DISCNUMBER`; null if the sheet has none. */
  readonly disc: number | null;
  readonly title: string;
  /** Null if the sheet names none. */
  readonly author: string | null;
  /** Title of the sheet; null if it has none. */
  readonly album: string | null;
  /** International Standard Recording Code; null if the sheet has none. */
  readonly isrc: string | null;
}

/** File of a cue sheet, or a track in it. */
interface CueEntry {
  /** Name of the file as written. */
  readonly target: string;
  /** Title of the track of a file that has only one; null for others. */
  readonly title: string | null;
  /** Part of the file; undefined for all of it. */
  readonly part: CuePart | undefined;
}

/** Contents of a cue sheet. */
export interface CueSheet {
  /** Null if the sheet has no title. */
  readonly title: string | null;
  /** In the order of the sheet. A file that it does not divide is one entry. */
  readonly entries: readonly CueEntry[];
}

interface CueTrack {
  /** File of its index 1, or the last one before the track until that is known. */
  file: string;
  readonly number: number;
  readonly isAudio: boolean;
  title: string | null;
  author: string | null;
  isrc: string | null;
  /** Position of index 1 in the file in s; undefined until the sheet names it. */
  startSeconds: number | undefined;
}

/** Fields that apply to all tracks. */
interface SheetFields {
  disc: number | null;
  title: string | null;
  author: string | null;
}

const framesPerSecond = 75;

/**
 * Parses a cue sheet. A track begins at its index 1 and ends where the next one of the file begins, so that a gap belongs to
 * the track before it. Programs write sheets with missing quotes, types and indexes; lines without a meaning are ignored.
 */
export function parseCueSheet(lines: readonly string[]): CueSheet {
  const files: string[] = [];
  const tracks: CueTrack[] = [];
  const sheet: SheetFields = { disc: null, title: null, author: null };
  for (const line of lines) {
    const [, command = "", rest = ""] = /^\s*([a-z]+)\s+(.*)$/i.exec(line) ?? [];
    const [file, track] = [files.at(-1), tracks.at(-1)];
    switch (command.toUpperCase()) {
      case "FILE":
        files.push(fileNameOf(rest));
        break;
      case "TRACK":
        if (file !== undefined) tracks.push(makeTrack(rest, file));
        break;
      case "INDEX":
        if (track && file !== undefined && track.startSeconds === undefined) {
          track.startSeconds = parseStart(rest);
          track.file = file;
        }
        break;
      case "TITLE":
        (track ?? sheet).title = unquote(rest);
        break;
      case "PERFORMER":
        (track ?? sheet).author = unquote(rest);
        break;
      case "REM":
        sheet.disc ??= Number(/^DISCNUMBER\s+"?(\d{1,3})/i.exec(rest)?.[1] ?? 0) || null;
        break;
      case "ISRC":
        if (track) track.isrc = unquote(rest);
        break;
      default:
    }
  }
  const tracksOf = Map.groupBy(tracks, ({ file }) => file);
  const names = [...new Set(files)].filter((name) => name !== "");
  return {
    title: sheet.title,
    entries: names.flatMap((name) => entriesOf(name, tracksOf.get(name) ?? [], sheet)),
  };
}

/** Returns the parts into which a sheet in the tags of a file divides that file; none if it does not. */
export function parseEmbeddedSheet(text: string): readonly CuePart[] {
  const { entries } = parseCueSheet(text.split(/\r\n|\r|\n/));
  return entries.flatMap(({ target, part }) => (part && target === entries[0]?.target ? [part] : []));
}

function entriesOf(target: string, all: readonly CueTrack[], sheet: SheetFields): readonly CueEntry[] {
  const starts = [...new Set(all.flatMap(({ startSeconds }) => startSeconds ?? []))].sort((a, b) => a - b);
  const ends = new Map(starts.map((start, index) => [start, starts[index + 1] ?? null]));
  const tracks = all.filter(({ isAudio }) => isAudio);
  const parts = tracks.flatMap(({ startSeconds, title, author, isrc, number }): CueEntry[] => {
    if (startSeconds === undefined) return [];
    const endSeconds = ends.get(startSeconds) ?? null;
    const tags = {
      number: number || null,
      disc: sheet.disc,
      title: title ?? `Track ${number}`,
      author: author ?? sheet.author,
      album: sheet.title,
      isrc,
    };
    return [{ target, title: null, part: { startSeconds, endSeconds, ...tags } }];
  });
  if (parts.length > 1) return parts;
  const [only, ...others] = tracks;
  return [{ target, title: others.length === 0 ? (only?.title ?? null) : null, part: undefined }];
}

function makeTrack(rest: string, file: string): CueTrack {
  const [, digits = "0", type = "AUDIO"] = /^(\d{1,4})(?:\s+(\S+))?/.exec(rest) ?? [];
  const isAudio = !/^(?:MODE|CD[IG])/i.test(type);
  const number = Number(digits);
  return { file, number, isAudio, title: null, author: null, isrc: null, startSeconds: undefined };
}

/** Parses `01 MM:SS:FF`, whose frames may be missing, to seconds; undefined for another index. */
function parseStart(rest: string): number | undefined {
  const [, minutes, seconds, frames = "0"] = /^0?1\s+(\d{1,5}):(\d{1,2})(?::(\d{1,2}))?\s*$/.exec(rest) ?? [];
  if (minutes === undefined) return undefined;
  return Number(minutes) * 60 + Number(seconds) + Number(frames) / framesPerSecond;
}

/** Returns the name in `"NAME" TYPE`. Without quotes it may contain spaces, and the type is the last word. */
const fileNameOf = (rest: string): string =>
  /^"([^"]*)"?/.exec(rest)?.[1] ?? rest.trim().replace(/(?<!\s)\s+\w{2,8}$/, "");

/** Removes the quotes around a text, of which one may be missing; null if nothing is left. */
const unquote = (text: string): string | null =>
  text.trim().replace(/^"/, "").replace(/"$/, "").trim() || null;
