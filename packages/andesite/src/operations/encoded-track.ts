import { decodeTrack, TrackFormatError } from "@asterite/lavaplayer-track";
import { InvalidTypeError, OutOfRangeError } from "../errors.ts";
import { Play } from "./playback.ts";
import type { SendOperation } from "./send-operation.ts";
import { MixerUpdate } from "./update.ts";

/**
 * Checks an encoded track. Versions of the format that this library does not know are accepted, because the
 * node may know them.
 *
 * @throws InvalidTypeError, OutOfRangeError naming the field.
 */
function requireEncodedTrack(field: string, track: unknown): asserts track is string {
  if (typeof track !== "string") throw new InvalidTypeError(field, "a string", { value: track });
  try {
    decodeTrack(track);
  } catch (cause) {
    if (!(cause instanceof TrackFormatError)) throw cause;
    if (cause.code === "UNSUPPORTED_VERSION") return;
    const expected = `an encoded track in base64 (${cause.message})`;
    throw new OutOfRangeError(field, expected, { value: track, cause });
  }
}

/**
 * Checks the tracks of an operation before it is sent.
 *
 * @throws OutOfRangeError naming the field.
 */
export function requireEncodedTracks(operation: SendOperation): void {
  if (operation instanceof Play) {
    if (operation.track !== null) requireEncodedTrack("track", operation.track);
  } else if (operation instanceof MixerUpdate) {
    for (const [id, player] of Object.entries(operation.players)) {
      if (player instanceof Play && player.track !== null) {
        requireEncodedTrack(`players.${id}.track`, player.track);
      }
    }
  }
}
