import { decodeTrack, TrackFormatError } from "@asterite/lavaplayer-track";
import { Filter } from "../models/filter.ts";
import { FilterMap } from "../models/filter-map.ts";
import type { BasePlayer, Player } from "../models/player.ts";
import { Play, type PlayOptions } from "../operations/playback.ts";
import type { SendOperation } from "../operations/send-operation.ts";
import { MixerUpdate, Update } from "../operations/update.ts";
import { type DeckDetails, mixerDetails, noDetails, type PlayerDetails } from "../state/player-details.ts";
import type { AbstractPlayerState, MixerTracks } from "../state/player-state.ts";

/** Rest of a track before its end marker that is played when the marker has been passed. */
const minSpanSeconds = 0.001;

/** An operation with its fields as they are sent. */
export interface PlayerMessage {
  readonly op: string;
  readonly payload: Record<string, unknown>;
}

/** Converts an operation to a message. */
export const toMessage = (operation: SendOperation): PlayerMessage => ({
  op: operation.op,
  payload: operation.toRaw(),
});

/** Returns the messages that restore a player from its state, in the order of sending. */
export async function playerStateMessages(state: AbstractPlayerState): Promise<PlayerMessage[]> {
  const messages: PlayerMessage[] = [];
  const voiceServerUpdate = await state.getVoiceServerUpdate();
  if (voiceServerUpdate) messages.push(toMessage(voiceServerUpdate));
  const player = await state.getPlayer();
  const track = await state.getTrack();
  const details = (await state.getDetails?.()) ?? noDetails;
  if (track !== null) {
    messages.push(toMessage(resumedPlay(track, player, details)));
    const filters = filtersToRestore(player, details);
    if (filters.size > 0) messages.push(toMessage(new Update({ filters })));
    if (details.next?.track) messages.push(toMessage(queuedPlay(details.next.track, details.next)));
  }
  return [...messages, ...mixerMessages(player, (await state.getMixer?.()) ?? {}, details)];
}

/**
 * Like {@link playerStateMessages}, for a player that continues on another node: also restores volume, pause
 * and filters of a player without a track, for its next track.
 */
export async function movedPlayerMessages(state: AbstractPlayerState): Promise<PlayerMessage[]> {
  const messages = await playerStateMessages(state);
  if ((await state.getTrack()) !== null) return messages;
  const player = await state.getPlayer();
  const filters = filtersToRestore(player, (await state.getDetails?.()) ?? noDetails);
  const { paused: pause = false, volume = 1 } = player ?? {};
  if (!pause && volume === 1 && hasNoEffect(filters)) return messages;
  const settings = toMessage(new Update({ pause, volume, ...(filters.size > 0 && { filters }) }));
  const mixer = messages.findIndex(({ op }) => op === "mixer");
  return messages.toSpliced(mixer === -1 ? messages.length : mixer, 0, settings);
}

/** Returns the filters that the node reported, and those of plug-ins that it did not report. */
function filtersToRestore(player: BasePlayer | null, { customFilters }: DeckDetails): FilterMap {
  const filters = new FilterMap(player?.filters);
  for (const [name, settings] of Object.entries(customFilters)) {
    if (!filters.has(name)) filters.set(name, settings);
  }
  return filters;
}

/** Returns whether filters have the settings of a new player. */
const hasNoEffect = (filters: FilterMap): boolean =>
  [...filters].every((name) => {
    const filter = filters.get(name);
    return filter instanceof Filter && !filter.enabled;
  });

function mixerMessages(player: Player | null, tracks: MixerTracks, details: PlayerDetails): PlayerMessage[] {
  // A mixer player without a position has finished its track.
  const players = Object.entries(tracks).flatMap(([id, track]) => {
    const known = ownEntry(player?.mixer, id);
    if (known && known.position === null) return [];
    return [[id, mixerEntry(track, known, mixerDetails(details, id))] as const];
  });
  if (players.length === 0) return [];
  const { op, payload } = toMessage(new MixerUpdate(player?.mixerEnabled));
  return [{ op, payload: { ...payload, players: Object.fromEntries(players) } }];
}

/** Reads an own property: the id of a mixer player may be the name of an inherited one. */
const ownEntry = <Value>(record: Readonly<Record<string, Value>> | undefined, id: string): Value | null =>
  record && Object.hasOwn(record, id) ? (record[id] ?? null) : null;

function mixerEntry(track: string, player: BasePlayer | null, details: DeckDetails): Record<string, unknown> {
  const raw = resumedPlay(track, player, { ...details, next: null }).toRaw();
  const filters = filtersToRestore(player, details);
  return filters.size > 0 ? { ...raw, filters: filters.toRaw() } : raw;
}

/** Returns the settings of a track that do not change while it plays. */
export const trackSettings = ({ play, next }: Pick<PlayerDetails, "play" | "next">): PlayOptions => ({
  end: play?.end,
  normalize: play?.normalize,
  userData: play?.userData,
  // A setting of the player: each `play` changes it at once, also when its track is queued.
  radio: (next ?? play)?.radio,
});

/** Returns a play from the position that the player would have reached by now. */
function resumedPlay(
  track: string,
  player: BasePlayer | null,
  details: Pick<PlayerDetails, "play" | "next">,
): Play {
  const { play } = details;
  const settings = trackSettings(details);
  if (!player) {
    return new Play(track, { ...settings, start: play?.start, pause: play?.pause, volume: play?.volume });
  }
  const position = player.livePosition;
  const latest = Math.min(durationOf(track), settings.end ? settings.end - minSpanSeconds : Infinity);
  const start = position === null ? null : Math.max(0, Math.min(position, latest));
  return new Play(track, { ...settings, start, pause: player.paused, volume: player.volume });
}

/** Returns the play that queues the next track again. Pause and volume are those of the player already. */
function queuedPlay(track: string, { start, end, radio, crossfade, normalize, userData }: Play): Play {
  return new Play(track, { next: true, start, end, radio, crossfade, normalize, userData });
}

/** Returns the duration of a track in seconds; `Infinity` for streams and when unknown. */
function durationOf(track: string): number {
  try {
    const { info } = decodeTrack(track);
    return info.isStream ? Number.POSITIVE_INFINITY : (info.duration ?? Number.POSITIVE_INFINITY);
  } catch (error) {
    // The node may support formats that this library does not decode.
    if (error instanceof TrackFormatError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}
