import { unknownArtist } from "@asterite/andesite-protocol";
import { Track, unknownLengthMs } from "@asterite/lavaplayer-track";
import type { LoadedTrack } from "./loader.ts";
import type { MediaSource } from "./media-source.ts";
import type { ProbeResult } from "./probe/messages.ts";

/** The title that a track without one gets. */
export const unknownTitle = "Unknown title";

/** Texts are cut there: a tag may hold a book, and the form that tracks are encoded in holds 64 KiB. */
const maxTextLength = 1_000;

/** A text as it is told to clients: cut, and free of what is no Unicode; null where nothing is left. */
export const cleanText = (text: string | null): string | null =>
  text?.trim().slice(0, maxTextLength).toWellFormed() || null;

/**
 * The track of a file or station.
 *
 * @param title - What a playlist calls it, for want of a better name.
 */
export function makeTrack(
  source: MediaSource,
  { facts, endless, station }: Extract<ProbeResult, { type: "media" }>,
  title: string | null,
): LoadedTrack {
  const isStream = endless || facts.durationMs === null;
  return {
    track: new Track({
      info: {
        title: cleanText(station) ?? cleanText(facts.title) ?? cleanText(title) ?? unknownTitle,
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
      // Nobody reads a station until a picture comes.
      hasPicture: facts.hasPicture && !isStream,
    },
  };
}
