import { decodeTrack, TrackFormatError } from "@asterite/lavaplayer-track";
import { InvalidTypeError, OutOfRangeError } from "../errors.ts";
import { VoiceServerUpdate } from "./connection.ts";
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
 * Checks an operation before it is sent: what nodes refuse, or ignore without a message.
 *
 * @throws InvalidTypeError, OutOfRangeError naming the field.
 */
export function checkOperation(operation: SendOperation): void {
  if (operation instanceof Play) {
    // A null track stops a mixer player. For the main player the node would ignore the operation.
    requireEncodedTrack("track", operation.track);
  } else if (operation instanceof MixerUpdate) {
    for (const [id, player] of Object.entries(operation.players)) {
      if (player instanceof Play && player.track !== null) {
        requireEncodedTrack(`players.${id}.track`, player.track);
      }
    }
  } else if (operation instanceof VoiceServerUpdate) {
    const { endpoint, guild_id: guild, token } = operation.event;
    if (endpoint !== null) requireText("event.endpoint", endpoint, "a string or null");
    requireText("event.guild_id", guild);
    requireText("event.token", token);
  }
}

function requireText(field: string, value: unknown, expected = "a string"): void {
  // Without the value: a body with fields in the wrong places may have the token in any of them.
  if (typeof value !== "string" || value === "") throw new InvalidTypeError(field, expected);
}
