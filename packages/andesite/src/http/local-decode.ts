import { decodeTrack, TrackFormatError } from "@asterite/lavaplayer-track";
import { TrackInfo } from "../models/tracks.ts";

/** Decodes a track without a request to the node; null when the data is not a track. */
export function decodeLocally(track: string): TrackInfo | null {
  try {
    const { info, positionMs } = decodeTrack(track);
    const length = Number(info.lengthMs);
    return TrackInfo.fromWire({
      track,
      info: {
        class: "",
        title: info.title,
        author: info.author,
        length: Number.isSafeInteger(length) ? length : null,
        identifier: info.identifier,
        uri: info.uri,
        isStream: info.isStream,
        isSeekable: !info.isStream,
        position: Number(positionMs),
      },
    });
  } catch (error) {
    if (error instanceof TrackFormatError) return null;
    throw error;
  }
}
