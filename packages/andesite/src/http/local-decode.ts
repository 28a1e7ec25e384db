import { decodeTrack, TrackFormatError } from "@asterite/lavaplayer-track";
import { TrackInfo } from "../models/tracks.ts";

/** What an encoded track says, without asking a node; null when it is none. */
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
