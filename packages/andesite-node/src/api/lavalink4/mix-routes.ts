import { OperationError } from "../../errors.ts";
import type { Loader } from "../../loading/loader.ts";
import type { MixLayer } from "../../players/mix-layers.ts";
import type { Player } from "../../players/player.ts";
import { HttpError } from "../http/http-error.ts";
import { toLavalinkTrack } from "./lavalink-track.ts";
import type { Lavalink4Sessions } from "./lavalink4-sessions.ts";
import { playerPath, readGuildId } from "./player-routes.ts";
import { readLayerVolume, readObject, readOptional } from "./read-fields.ts";
import { readPlayerUpdate } from "./read-player-update.ts";
import type { Lavalink4Route } from "./route.ts";
import { resolveTrack } from "./track-routes.ts";

// lavalink-client sends the bodies of these routes as text.
const mixPath = `${playerPath}/mix`;
const layerPath = `${mixPath}/:mixId`;

/** Returns the routes of NodeLink that play tracks over the one of a player (section 12 of the Lavalink protocol). */
export function mixRoutes(sessions: Lavalink4Sessions, loader: Loader): Lavalink4Route[] {
  /** @throws HttpError 404 */
  function requirePlayer(sessionId: string, guildId: string): Player {
    const { players, userId } = sessions.require(sessionId);
    const player = players.find(userId, readGuildId(guildId));
    if (!player) throw new HttpError(404, "Player not found");
    return player;
  }
  return [
    {
      method: "GET",
      path: mixPath,
      handle({ sessionId, guildId }) {
        const { layers } = requirePlayer(sessionId, guildId);
        const mixes = layers.all.map((layer) => ({
          ...toJson(layer),
          position: layer.positionMs,
          startTime: layer.startedAtMs,
        }));
        return { status: 200, body: { mixes } };
      },
    },
    {
      method: "POST",
      path: mixPath,
      hasBody: "untyped",
      async handle({ sessionId, guildId, body, signal }) {
        const fields = readObject(body, "");
        const { track: requested, userData = {} } = readPlayerUpdate({ track: fields["track"] });
        const volume = readOptional(fields, "volume", readLayerVolume) ?? 1;
        if (!requested) throw new OperationError("track", "a track with encoded or identifier");
        requirePlayer(sessionId, guildId);
        const track = await resolveTrack(requested, loader, signal);
        if (!track) throw new OperationError("track", "a track with encoded or identifier");
        // The player may have been destroyed while the track was loaded.
        const player = requirePlayer(sessionId, guildId);
        if (!player.hasTrack) throw new HttpError(400, "The player has no track to play it over");
        return { status: 200, body: toJson(player.addLayer(track, userData, volume)) };
      },
    },
    {
      method: "PATCH",
      path: layerPath,
      hasBody: "untyped",
      handle({ sessionId, guildId, mixId, body }) {
        const volume = readLayerVolume(readObject(body, "")["volume"], "volume");
        requireLayer(requirePlayer(sessionId, guildId).layers.setVolume(mixId, volume));
        return { status: 204 };
      },
    },
    {
      method: "DELETE",
      path: layerPath,
      handle({ sessionId, guildId, mixId }) {
        requireLayer(requirePlayer(sessionId, guildId).layers.remove(mixId));
        return { status: 204 };
      },
    },
  ];
}

const toJson = ({ id, playing, volume }: MixLayer): object => ({
  id,
  track: toLavalinkTrack(playing.track, { userData: playing.userData }),
  volume,
});

/** @throws HttpError 404 */
function requireLayer(isFound: boolean): void {
  if (!isFound) throw new HttpError(404, "Mix not found");
}
