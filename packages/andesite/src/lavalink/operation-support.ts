import { isRecord } from "@asterite/util";
import { effectiveNames, type FilterTable, toLavalinkName } from "./player-filters.ts";
import { UnsupportedOperationError } from "./unsupported-operation-error.ts";

type Json = Readonly<Record<string, unknown>>;

/** Operations that Lavalink has, with those that this library answers itself. */
const supportedOps: readonly string[] = [
  "play",
  "stop",
  "pause",
  "seek",
  "volume",
  "filters",
  "update",
  "voice-server-update",
  "destroy",
  "get-player",
  "get-stats",
  "ping",
  "event-buffer",
];
/** Extensions of `play` of Asterite's nodes, with the reason why a Lavalink node cannot do it. */
const playExtensions: Readonly<Record<string, string>> = {
  radio: "a player without a voice connection does not advance",
  next: "a Lavalink node has no next track",
  crossfade: "a Lavalink node has no crossfade",
  normalize: "a Lavalink node does not normalize the loudness",
};

/**
 * Returns the parts of an operation that a Lavalink node does not have; an error without a field stands for the whole
 * operation.
 *
 * @param available - Names of the node's filters; null before it is known.
 */
export function findUnsupported(
  op: string,
  payload: Json,
  available: ReadonlySet<string> | null,
): UnsupportedOperationError[] {
  if (!supportedOps.includes(op)) {
    return [new UnsupportedOperationError(op, null, "a Lavalink node has no such operation")];
  }
  if (op === "play") {
    return Object.entries(playExtensions).flatMap(([field, reason]) =>
      payload[field] ? new UnsupportedOperationError(op, field, reason) : [],
    );
  }
  if (op === "voice-server-update") {
    const { event, channelId } = payload;
    if (typeof channelId === "string" || !isRecord(event) || typeof event["endpoint"] !== "string") return [];
    return [new UnsupportedOperationError(op, null, "a Lavalink node needs the channelId of the call")];
  }
  if (!available) return [];
  return effectiveNames(filtersOf(op, payload)).flatMap((name) =>
    available.has(toLavalinkName(name))
      ? []
      : new UnsupportedOperationError(op, `filters.${name}`, `the node has ${[...available].join(", ")}`),
  );
}

/** Returns the changes to filters in the payload of an operation. */
export function filtersOf(op: string, payload: Json): FilterTable {
  if (op === "update") return isRecord(payload["filters"]) ? payload["filters"] : {};
  if (op !== "filters") return {};
  const { op: _op, guildId: _guildId, userId: _userId, ...filters } = payload;
  return filters;
}
