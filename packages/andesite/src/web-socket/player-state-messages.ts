import { decodeTrack, TrackFormatError } from "@asterite/lavaplayer-track";
import { Filter } from "../models/filter.ts";
import type { BasePlayer, Player } from "../models/player.ts";
import { Play } from "../operations/playback.ts";
import type { SendOperation } from "../operations/send-operation.ts";
import { MixerUpdate, Update } from "../operations/update.ts";
import type { AbstractPlayerState, MixerTracks } from "../state/player-state.ts";

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
  if (track !== null) {
    messages.push(toMessage(resumedPlay(track, player)));
    if (player && player.filters.size > 0) messages.push(toMessage(new Update({ filters: player.filters })));
  }
  return [...messages, ...mixerMessages(player, (await state.getMixer?.()) ?? {})];
}

/**
 * Like {@link playerStateMessages}, for a player that continues on another node: also restores volume, pause
 * and filters of a player without a track, for its next track.
 */
export async function movedPlayerMessages(state: AbstractPlayerState): Promise<PlayerMessage[]> {
  const messages = await playerStateMessages(state);
  const player = await state.getPlayer();
  if (!player || hasDefaultSettings(player) || (await state.getTrack()) !== null) return messages;
  const { paused: pause, volume, filters } = player;
  const settings = toMessage(new Update({ pause, volume, ...(filters.size > 0 && { filters }) }));
  const mixer = messages.findIndex(({ op }) => op === "mixer");
  return messages.toSpliced(mixer === -1 ? messages.length : mixer, 0, settings);
}

/** Returns whether a player has the settings of a new player. */
const hasDefaultSettings = ({ paused, volume, filters }: BasePlayer): boolean =>
  !paused &&
  volume === 1 &&
  [...filters].every((name) => {
    const filter = filters.get(name);
    return filter instanceof Filter && !filter.enabled;
  });

function mixerMessages(player: Player | null, tracks: MixerTracks): PlayerMessage[] {
  // A mixer player without a position has finished its track.
  const players = Object.entries(tracks).flatMap(([id, track]) => {
    const known = ownEntry(player?.mixer, id);
    return known && known.position === null ? [] : [[id, mixerEntry(track, known)] as const];
  });
  if (players.length === 0) return [];
  const { op, payload } = toMessage(new MixerUpdate(player?.mixerEnabled));
  return [{ op, payload: { ...payload, players: Object.fromEntries(players) } }];
}

/** Reads an own property: the id of a mixer player may be the name of an inherited one. */
const ownEntry = <Value>(record: Readonly<Record<string, Value>> | undefined, id: string): Value | null =>
  record && Object.hasOwn(record, id) ? (record[id] ?? null) : null;

function mixerEntry(track: string, player: BasePlayer | null): Record<string, unknown> {
  const raw = resumedPlay(track, player).toRaw();
  return player && player.filters.size > 0 ? { ...raw, filters: player.filters.toRaw() } : raw;
}

/** Returns a play from the position that the player would have reached by now. */
function resumedPlay(track: string, player: BasePlayer | null): Play {
  if (!player) return new Play(track);
  const position = player.livePosition;
  const start = position === null ? null : Math.min(position, durationOf(track));
  return new Play(track, { start, pause: player.paused, volume: player.volume });
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
