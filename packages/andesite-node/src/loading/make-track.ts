import { unknownArtist } from "@asterite/andesite-protocol";
import { Track, unknownLengthMs } from "@asterite/lavaplayer-track";
import type { LoadedTrack } from "./loader.ts";
import type { MediaSource } from "./media-source.ts";
import type { ProbeResult } from "./probe/messages.ts";

/** Title of tracks without one. */
export const unknownTitle = "Unknown title";

/**
 * Texts are truncated to this length: tags can be long, and the encoding of tracks limits texts to 64 KiB.
 */
const maxTextLength = 1_000;

/** Trims and truncates a text and replaces lone surrogates. Returns null for an empty text. */
export const cleanText = (text: string | null): string | null =>
  text?.trim().slice(0, maxTextLength).toWellFormed() || null;

/**
 * Creates the track of a file or station.
 *
 * @param title - Title in the playlist, used if the file has none.
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
      // Pictures of live streams are not read.
      hasPicture: facts.hasPicture && !isStream,
    },
  };
}
