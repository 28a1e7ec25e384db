import { isRecord } from "@asterite/util";
import { MalformedDataError } from "../errors.ts";
import { type FilterTable, fromLavalinkFilters } from "./player-filters.ts";

/** Last known player of a guild. Player updates of Lavalink have only a position, and a change of filters replaces all. */
export interface KnownPlayer {
  /** Encoded track; null for none. */
  readonly track: string | null;
  /** ms */
  readonly position: number;
  readonly paused: boolean;
  /** Percent. */
  readonly volume: number;
  readonly filters: FilterTable;
}

/**
 * Reads a player of Lavalink 4. Fields of other types count as missing.
 *
 * @throws MalformedDataError for a value that is no object.
 */
export function readKnownPlayer(raw: unknown): KnownPlayer {
  if (!isRecord(raw)) throw new MalformedDataError("player", "", "an object");
  const { track, paused, volume, state, filters } = raw;
  const { position } = isRecord(state) ? state : {};
  return {
    track: encodedOf(track),
    position: typeof position === "number" ? position : 0,
    paused: paused === true,
    volume: typeof volume === "number" ? volume : 100,
    filters: fromLavalinkFilters(filters),
  };
}

/**
 * Returns the state of a player in the form of Andesite. The time is that of arrival, because clocks of nodes differ.
 *
 * @param more - Further fields of the state.
 */
export const toPlayerState = (
  { track, position, paused, volume, filters }: KnownPlayer,
  arrivalMs: number,
  more: object = {},
): Readonly<Record<string, unknown>> => ({
  time: arrivalMs,
  position: track === null ? null : position,
  paused,
  volume,
  filters,
  ...more,
});

/** Returns the encoded form of a track; null for no track. */
export const encodedOf = (track: unknown): string | null =>
  isRecord(track) ? String(track["encoded"]) : null;
