import { decodeTrack, TrackFormatError } from "@asterite/lavaplayer-track";
import { Filter } from "../models/filter.ts";
import type { BasePlayer, Player } from "../models/player.ts";
import { Play } from "../operations/playback.ts";
import type { SendOperation } from "../operations/send-operation.ts";
import { MixerUpdate, Update } from "../operations/update.ts";
import type { AbstractPlayerState, MixerTracks } from "../state/player-state.ts";

/** A message that has not been sent yet. */
export interface PlayerMessage {
  readonly op: string;
  readonly payload: Record<string, unknown>;
}

/** An operation as a message. */
export const toMessage = (operation: SendOperation): PlayerMessage => ({
  op: operation.op,
  payload: operation.toRaw(),
});

/** What has to be sent, in this order, to bring a player into a remembered state. */
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
 * Like {@link playerStateMessages}, for a player that goes on elsewhere: one without a track keeps its volume, its
 * pause and its filters, too, for the track that will come.
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

/** Whether a player is as nodes make them. */
const hasDefaultSettings = ({ paused, volume, filters }: BasePlayer): boolean =>
  !paused &&
  volume === 1 &&
  [...filters].every((name) => {
    const filter = filters.get(name);
    return filter instanceof Filter && !filter.enabled;
  });

function mixerMessages(player: Player | null, tracks: MixerTracks): PlayerMessage[] {
  // A mixer player without a position has played its track to the end.
  const players = Object.entries(tracks).flatMap(([id, track]) => {
    const known = ownEntry(player?.mixer, id);
    return known && known.position === null ? [] : [[id, mixerEntry(track, known)] as const];
  });
  if (players.length === 0) return [];
  const { op, payload } = toMessage(new MixerUpdate(player?.mixerEnabled));
  return [{ op, payload: { ...payload, players: Object.fromEntries(players) } }];
}

/** A mixer player may be called like a member of every object. */
const ownEntry = <Value>(record: Readonly<Record<string, Value>> | undefined, id: string): Value | null =>
  record && Object.hasOwn(record, id) ? (record[id] ?? null) : null;

function mixerEntry(track: string, player: BasePlayer | null): Record<string, unknown> {
  const raw = resumedPlay(track, player).toRaw();
  return player && player.filters.size > 0 ? { ...raw, filters: player.filters.toRaw() } : raw;
}

/** Plays a track from where the player would be by now. */
function resumedPlay(track: string, player: BasePlayer | null): Play {
  if (!player) return new Play(track);
  const position = player.livePosition;
  const start = position === null ? null : Math.min(position, durationOf(track));
  return new Play(track, { start, pause: player.paused, volume: player.volume });
}

/** Seconds; infinite where nothing is known. */
function durationOf(track: string): number {
  try {
    const { info } = decodeTrack(track);
    return info.isStream ? Number.POSITIVE_INFINITY : (info.duration ?? Number.POSITIVE_INFINITY);
  } catch (error) {
    // The node that is to play it may understand more than this library.
    if (error instanceof TrackFormatError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}
