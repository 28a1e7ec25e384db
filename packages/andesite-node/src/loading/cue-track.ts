import { factsOfPart, type MediaFacts } from "@asterite/audio/media";
import type { CuePart } from "./cue-sheet.ts";
import type { LoadedTrack } from "./loader.ts";
import { makeTrack } from "./make-track.ts";
import { type MediaSource, toPart } from "./media-source.ts";
import type { ProbedMedia } from "./probe/messages.ts";

/** Track of a cue sheet: a part of a file, and its metadata. */
export interface CueTrackFile {
  readonly source: MediaSource;
  readonly facts: MediaFacts;
}

/**
 * Returns a part of a file with the tags of the cue sheet.
 *
 * @param source - The whole file.
 * @throws TrackError if the file cannot be played in parts, or ends before the part begins.
 */
export const toCueTrack = (
  source: MediaSource,
  { facts }: Pick<ProbedMedia, "facts">,
  part: CuePart,
): CueTrackFile => ({
  source: toPart(source, part),
  facts: {
    ...factsOfPart(facts, part),
    title: part.title,
    author: part.author ?? facts.author,
    album: part.album ?? facts.album,
    isrc: part.isrc,
    lyrics: null,
    discNumber: part.disc ?? facts.discNumber,
    trackNumber: part.number,
  },
});

/** Creates the track of a part of a file. */
export const toTrack = ({ source, facts }: CueTrackFile): LoadedTrack =>
  makeTrack(source, { facts, endless: false, station: null }, null);
