import type { Player } from "../../players/player.ts";
import { toLavalinkTrack } from "./lavalink-track.ts";

/** State of a player in JSON, in player updates and players. */
interface LavalinkPlayerState {
  /** ms since 1970. */
  readonly time: number;
  /** ms; 0 without a track. */
  readonly position: number;
  /** Whether audio can be sent to Discord. */
  readonly connected: boolean;
  /** Round trip time of a heartbeat in ms; −1 if not connected. */
  readonly ping: number;
}

/** Returns the state of a player. */
export function toLavalinkState({
  audio,
  positionMs,
}: Pick<Player, "audio" | "positionMs">): LavalinkPlayerState {
  const { isConnected, pingMs } = audio.voiceState;
  return { time: Date.now(), position: positionMs, connected: isConnected, ping: pingMs };
}

/** Returns a player of Lavalink 4 in JSON. */
export function toLavalinkPlayer(player: Player): object {
  const { playing, volume, isPaused, filters } = player.snapshot();
  const voice = player.audio.voiceServer;
  return {
    guildId: player.guildId,
    track: playing ? toLavalinkTrack(playing.track, { userData: playing.userData }) : null,
    volume,
    paused: isPaused,
    state: toLavalinkState(player),
    voice: {
      token: voice?.token ?? "",
      endpoint: voice?.endpoint ?? "",
      sessionId: voice?.sessionId ?? "",
      channelId: voice?.channelId ?? null,
    },
    filters,
  };
}
