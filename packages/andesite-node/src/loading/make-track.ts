import { unknownArtist } from "@asterite/andesite-protocol";
import { Track, unknownLengthMs } from "@asterite/lavaplayer-track";
import type { LoadedTrack } from "./loader.ts";
import type { Place } from "./media-source.ts";
import type { Probed } from "./probe/messages.ts";

/** The title that a track without one gets. */
export const unknownTitle = "Unknown title";

/** Texts are cut there: a tag may hold a book, and the form that tracks are encoded in holds 64 KiB. */
const longestText = 1_000;

/** A text as it is told to clients: cut, and free of what is no Unicode; null where nothing is left. */
export const tidy = (text: string | null): string | null =>
  text?.trim().slice(0, longestText).toWellFormed() || null;

/**
 * The track of a file or station.
 *
 * @param title - What a playlist calls it, for want of a better name.
 */
export function makeTrack(
  place: Place,
  { facts, endless, station }: Extract<Probed, { kind: "media" }>,
  title: string | null,
): LoadedTrack {
  const isStream = endless || facts.durationMs === null;
  return {
    track: new Track({
      info: {
        title: tidy(station) ?? tidy(facts.title) ?? tidy(title) ?? unknownTitle,
        author: tidy(facts.author) ?? unknownArtist,
        lengthMs: isStream ? unknownLengthMs : Math.max(0, Math.round(facts.durationMs ?? 0)),
        identifier: place.identifier,
        isStream,
        uri: place.identifier,
        isrc: tidy(facts.isrc),
      },
      source: { name: place.source, probe: { name: facts.container, parameters: null } },
    }),
    extras: {
      album: tidy(facts.album),
      lyrics: facts.lyrics,
      // Nobody reads a station until a picture comes.
      hasPicture: facts.hasPicture && !isStream,
    },
  };
}
