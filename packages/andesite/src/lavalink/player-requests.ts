import { type OperationFields, readOperation, readSpan } from "@asterite/andesite-protocol";
import { MalformedDataError, requireValid } from "../errors.ts";
import type { KnownPlayer } from "./known-player.ts";
import { filtersOf } from "./operation-support.ts";
import { changeFilters, toLavalinkFilters } from "./player-filters.ts";

type Json = Readonly<Record<string, unknown>>;

/** Request for a player of Lavalink 4, relative to `v4/sessions/{sessionId}/players/{guildId}`. */
export interface PlayerRequest {
  readonly method: "PATCH" | "DELETE";
  readonly params?: Readonly<Record<string, string>>;
  readonly json?: Json;
}

/**
 * Returns the request for an operation of Andesite, times in ms and volumes in percent in both; null for one that changes
 * nothing.
 *
 * @param known - The player before the operation; null for none.
 * @throws MalformedDataError naming the field.
 */
export function toPlayerRequest(op: string, payload: Json, known: KnownPlayer | null): PlayerRequest | null {
  switch (op) {
    case "play":
      return playRequest(requireValid(op, readOperation(op, payload)), known);
    case "stop":
      return change({ track: { encoded: null } });
    case "pause":
      return change({ paused: requireValid(op, readOperation(op, payload)).pause });
    case "seek":
      return change({ position: requireValid(op, readOperation(op, payload)).position });
    case "volume":
      return change({ volume: requireValid(op, readOperation(op, payload)).volume });
    case "filters":
      return change({ filters: filtersAfter(op, payload, known) });
    case "update": {
      const { pause: paused, position, volume, filters } = requireValid(op, readOperation(op, payload));
      return change({
        paused,
        position,
        volume,
        filters: filters && filtersAfter(op, payload, known),
      });
    }
    case "voice-server-update": {
      const { event, sessionId, channelId } = requireValid(op, readOperation(op, payload));
      // Without an endpoint, Discord has no server yet, and another update follows.
      if (!event?.endpoint) return null;
      const { token, endpoint } = event;
      return change({ voice: { token, endpoint, sessionId, channelId } });
    }
    case "destroy":
      return { method: "DELETE" };
    default:
      throw new MalformedDataError("operation", "op", "an operation on a player");
  }
}

function playRequest(fields: OperationFields<"play">, known: KnownPlayer | null): PlayerRequest {
  const { start, end } = readSpan(fields);
  return change(
    {
      track: { encoded: fields.track },
      position: start || undefined,
      endTime: end || undefined,
      // A new track of Lavalink resumes the player.
      paused: fields.pause ?? (known?.paused || undefined),
      volume: fields.volume,
    },
    { noReplace: String(fields.noReplace) },
  );
}

const filtersAfter = (op: string, payload: Json, known: KnownPlayer | null): Json =>
  toLavalinkFilters(changeFilters(known?.filters ?? {}, filtersOf(op, payload)));

/** Returns a change of a player; absent fields stay as they are. */
function change(fields: Json, params?: Readonly<Record<string, string>>): PlayerRequest {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { method: "PATCH", json: Object.fromEntries(given), ...(params && { params }) };
}
