import { isRecord } from "@asterite/util";
import { encodedOf, type KnownPlayer } from "./known-player.ts";
import { toException, toStats } from "./responses.ts";

type Json = Readonly<Record<string, unknown>>;

const endReasons: Readonly<Record<string, string>> = {
  finished: "FINISHED",
  loadFailed: "LOAD_FAILED",
  stopped: "STOPPED",
  replaced: "REPLACED",
  cleanup: "CLEANUP",
};

/** Returns an event or statistics of Lavalink 4 in the form of Andesite; other messages are returned as they are. */
export function toNodeMessage(message: Json, userId: string): Json {
  if (message["op"] === "stats") return { op: "stats", userId, stats: toStats(message) };
  return message["op"] === "event" ? { ...message, userId, ...toEventFields(message) } : message;
}

function toEventFields({ type, track, reason, exception }: Json): Json {
  return {
    ...(isRecord(track) && { track: encodedOf(track) }),
    ...(type === "TrackEndEvent" && { reason: endReasons[String(reason)] ?? reason }),
    ...(isRecord(exception) && { error: exception["message"], exception: toException(exception) }),
  };
}

/** Returns a player after a player update or an event. */
export function playerAfter(known: KnownPlayer, { op, type, track, state, reason }: Json): KnownPlayer {
  if (op === "playerUpdate") {
    const { position } = isRecord(state) ? state : {};
    return typeof position === "number" ? { ...known, position } : known;
  }
  if (type === "TrackStartEvent") return { ...known, track: encodedOf(track) };
  // The start of the next track follows a replaced one.
  return type === "TrackEndEvent" && reason !== "replaced" ? { ...known, track: null } : known;
}
