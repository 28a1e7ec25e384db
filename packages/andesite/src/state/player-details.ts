import { isFilterName } from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";
import { InvalidTypeError, MalformedDataError } from "../errors.ts";
import { Play } from "../operations/playback.ts";

/** Settings of a player or mixer player that nodes do not report. */
export interface DeckDetails {
  /** Operation that started the current track; null when it is unknown. */
  readonly play: Play | null;
  /** Settings of filters of plug-ins, by name. */
  readonly customFilters: Readonly<Record<string, unknown>>;
}

/** Settings of a guild's player that nodes do not report, and with which it is restored. */
export interface PlayerDetails extends DeckDetails {
  /** Operation that queued the next track; null for none. */
  readonly next: Play | null;
  /** Settings of the mixer players, by their ids. */
  readonly mixer: Readonly<Record<string, DeckDetails>>;
}

const noDeckDetails: DeckDetails = Object.freeze({ play: null, customFilters: Object.freeze({}) });

/** Details of a player without special settings. */
export const noDetails: PlayerDetails = /* @__PURE__ */ Object.freeze({
  ...noDeckDetails,
  next: null,
  mixer: Object.freeze({}),
});

/** Returns the details of a mixer player. */
export const mixerDetails = ({ mixer }: PlayerDetails, id: string): DeckDetails =>
  Object.hasOwn(mixer, id) ? (mixer[id] ?? noDeckDetails) : noDeckDetails;

/**
 * Returns the settings of plug-ins' filters after a change. A value of null removes a filter.
 *
 * @param filters - Filters as they are sent; those that every node reports are skipped.
 */
export function changeCustomFilters(
  known: DeckDetails["customFilters"],
  filters: Readonly<Record<string, unknown>>,
): DeckDetails["customFilters"] {
  const custom = Object.entries(filters).filter(([name]) => !isFilterName(name));
  if (custom.length === 0) return known;
  const changed = new Map([...Object.entries(known), ...custom]);
  return Object.fromEntries([...changed].filter(([, value]) => value !== null && value !== undefined));
}

const deckToRaw = ({ play, customFilters }: DeckDetails) => ({ play: play?.toRaw() ?? null, customFilters });

/**
 * Converts details to JSON.
 *
 * @throws InvalidTypeError
 */
export function playerDetailsToRaw(details: PlayerDetails): Record<string, unknown> {
  if (!isRecord(details?.mixer)) throw new InvalidTypeError("details", "PlayerDetails");
  const mixer = Object.entries(details.mixer).map(([id, deck]) => [id, deckToRaw(deck)] as const);
  return {
    ...deckToRaw(details),
    next: details.next?.toRaw() ?? null,
    mixer: Object.fromEntries(mixer),
  };
}

/**
 * Reads details from JSON. Missing fields get their defaults.
 *
 * @throws MalformedDataError
 */
export function playerDetailsFromRaw(raw: unknown): PlayerDetails {
  const { next, mixer = {} } = readRecord("", raw);
  const decks = Object.entries(readRecord("mixer", mixer)).map(
    ([id, deck]) => [id, deckFromRaw(`mixer.${id}`, deck)] as const,
  );
  return { ...deckFromRaw("", raw), next: readPlay(next), mixer: Object.fromEntries(decks) };
}

function deckFromRaw(field: string, raw: unknown): DeckDetails {
  const { play, customFilters = {} } = readRecord(field, raw);
  return { play: readPlay(play), customFilters: readRecord(`${field}.customFilters`, customFilters) };
}

const readPlay = (raw: unknown): Play | null =>
  raw === null || raw === undefined ? null : Play.fromRaw(raw);

function readRecord(field: string, raw: unknown): Readonly<Record<string, unknown>> {
  if (isRecord(raw)) return raw;
  throw new MalformedDataError("player details", field, "an object");
}
