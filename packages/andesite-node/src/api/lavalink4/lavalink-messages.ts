import type { Player } from "../../players/player.ts";
import type { PlayerMessage } from "../../players/players.ts";
import { toLavalinkException } from "./lavalink-exception.ts";
import { toLavalinkState } from "./lavalink-player.ts";
import { toLavalinkTrack } from "./lavalink-track.ts";

const endReasons: Readonly<Record<string, string>> = Object.freeze({
  FINISHED: "finished",
  LOAD_FAILED: "loadFailed",
  STOPPED: "stopped",
  REPLACED: "replaced",
  CLEANUP: "cleanup",
});

/** Returns the update of a player. */
export const playerUpdate = (player: Player): object => ({
  op: "playerUpdate",
  guildId: player.guildId,
  state: toLavalinkState(player),
});

/** Converts a message about a player to an event of Lavalink 4; undefined if Lavalink has no event for it. */
export function toLavalinkEvent({ guildId, content }: PlayerMessage): object | undefined {
  if (content.type !== "event") return undefined;
  const { name: type, fields, track: played, error } = content;
  const track = played && toLavalinkTrack(played.track, { userData: played.userData });
  const event = { op: "event", type, guildId };
  switch (type) {
    case "TrackStartEvent":
      return { ...event, track };
    case "TrackEndEvent":
      return { ...event, track, reason: endReasons[String(fields["reason"])] };
    case "TrackExceptionEvent":
      return error && { ...event, track, exception: toLavalinkException(error) };
    case "MixStartedEvent":
      return { ...event, mixId: fields["mixId"], track, volume: fields["volume"] };
    case "MixEndedEvent":
      return { ...event, mixId: fields["mixId"], reason: fields["reason"] };
    case "TrackStuckEvent":
      return { ...event, track, thresholdMs: fields["thresholdMs"] };
    case "WebSocketClosedEvent":
      return {
        ...event,
        code: fields["code"],
        reason: fields["reason"] ?? "",
        byRemote: fields["byRemote"],
      };
    default:
      return undefined;
  }
}
