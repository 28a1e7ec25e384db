import { unknownArtist } from "@asterite/andesite-protocol";
import { Track, unknownLengthMs } from "@asterite/lavaplayer-track";
import { cleanText, unknownTitle } from "./clean-text.ts";
import type { LoadedTrack } from "./loader.ts";
import type { MediaSource } from "./media-source.ts";
import { wholeOf } from "./part-identifier.ts";
import type { ProbedMedia } from "./probe/messages.ts";

/** Returns the last component of a path or URL without its extension; null if there is none. */
export function titleFromIdentifier({ identifier, sourceName, location }: MediaSource): string | null {
  const whole = location.part ? wholeOf(identifier) : identifier;
  const path = sourceName === "http" ? decodePath(URL.parse(whole)?.pathname ?? "") : whole;
  const last = path.split("/").findLast((part) => part !== "") ?? "";
  return cleanText(last.replace(/\.[^.]+$/, "")) ?? cleanText(last);
}

/** Decodes percent-encoded UTF-8; other text is unchanged. */
export function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/**
 * Creates the track of a file, a part of a file, or a station.
 *
 * @param title - Title in the playlist, used if the file has none. Without one it is the name of the file; a stream has
 *   no file.
 */
export function makeTrack(
  source: MediaSource,
  { facts, endless, station }: Pick<ProbedMedia, "facts" | "endless" | "station">,
  title: string | null,
): LoadedTrack {
  const isStream = endless || facts.durationMs === null;
  const fileName = isStream ? null : titleFromIdentifier(source);
  return {
    track: new Track({
      info: {
        title: cleanText(station) ?? cleanText(facts.title) ?? cleanText(title) ?? fileName ?? unknownTitle,
        author: cleanText(facts.author) ?? unknownArtist,
        lengthMs: isStream ? unknownLengthMs : Math.max(0, Math.round(facts.durationMs ?? 0)),
        identifier: source.identifier,
        isStream,
        uri: source.identifier,
        isrc: cleanText(facts.isrc),
      },
      source: { name: source.sourceName, probe: { name: facts.container, parameters: null } },
    }),
    extras: {
      album: cleanText(facts.album),
      lyrics: facts.lyrics,
      // Pictures of live streams are not read.
      hasPicture: facts.hasPicture && !isStream,
    },
  };
}
