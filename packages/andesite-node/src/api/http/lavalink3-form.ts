import type { Track } from "@asterite/lavaplayer-track";
import type { Loaded } from "../../loading/loader.ts";
import type { TrackJson, TrackSerializer } from "../track-serializer.ts";

/** Returns a track in JSON with the name of its source, which only Lavalink 3 has. */
export function toLavalink3Track(serializer: TrackSerializer, track: Track): TrackJson {
  const json = serializer.serializeTrack(track);
  return { ...json, info: { ...json.info, sourceName: track.source.name } };
}

/**
 * Returns the fields of a load result that only Lavalink 3 has: the sources of tracks, and the failure as an exception,
 * which replaces `cause` and `severity` there.
 *
 * @param isExtended - Whether the result has the sources already.
 */
export function lavalink3Fields(serializer: TrackSerializer, loaded: Loaded, isExtended: boolean): object {
  if (loaded.loadType === "LOAD_FAILED") {
    const { message, severity } = loaded.error;
    return { exception: { message, severity } };
  }
  if (isExtended || loaded.loadType === "NO_MATCHES") return {};
  return { tracks: loaded.tracks.map(({ track }) => toLavalink3Track(serializer, track)) };
}
