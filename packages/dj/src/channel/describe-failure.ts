import { quote } from "@asterite/commands";
import type { EntryFailure } from "@asterite/queue";

/** Returns the reason of a failure for the chat, without its full stop. The node's own words are quoted. */
export function describeFailure({ code, message }: EntryFailure): string {
  switch (code) {
    case "TRACK_MALFORMED":
      return "its data is damaged";
    case "TRACK_REJECTED":
      return "the audio node doesn't support its source";
    case "TRACK_STUCK":
      return "its source stopped sending audio";
    case "START_TIMED_OUT":
      return "the audio node didn't start it in time";
    case "PLAYER_LOST":
      return "the audio node failed repeatedly while playing it";
    case "LOAD_FAILED":
    case "PLAYBACK_FAILED":
      return quote(message, 150);
  }
}
