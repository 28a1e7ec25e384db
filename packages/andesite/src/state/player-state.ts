import { type Snowflake, toSnowflake } from "@asterite/andesite-protocol";
import { MalformedDataError } from "../errors.ts";
import { Player } from "../models/player.ts";
import { VoiceServerUpdate } from "../operations/connection.ts";

/** The tracks of mixer players, base64, by the ids of the players. */
export type MixerTracks = Readonly<Record<string, string>>;

/** What is known about the player of a guild, so that another node can take it over. */
export abstract class AbstractPlayerState {
  readonly guildId: string;

  /** @throws SnowflakeTypeError, SnowflakeRangeError */
  constructor(guildId: Snowflake) {
    this.guildId = toSnowflake(guildId, "guildId");
  }

  /** The last state that the node reported. */
  abstract getPlayer(): Promise<Player | null>;
  abstract setPlayer(player: Player | null): Promise<void>;

  /** What was last sent to connect to the voice server. */
  abstract getVoiceServerUpdate(): Promise<VoiceServerUpdate | null>;
  abstract setVoiceServerUpdate(update: VoiceServerUpdate | null): Promise<void>;

  /** The track that is loaded, base64. */
  abstract getTrack(): Promise<string | null>;
  abstract setTrack(track: string | null): Promise<void>;

  /** The tracks of the mixer. A store without this and {@link setMixer} cannot restore mixers. */
  getMixer?(): Promise<MixerTracks>;
  setMixer?(tracks: MixerTracks): Promise<void>;
}

/** A player state as JSON. */
export interface RawPlayerState {
  readonly guildId: string;
  readonly player: Record<string, unknown> | null;
  readonly track: string | null;
  readonly voiceServerUpdate: Record<string, unknown> | null;
  readonly mixer: MixerTracks;
}

/** A player as JSON, whose time is UTC. */
export const playerToRaw = (player: Player): Record<string, unknown> => player.toRaw();
/** @throws MalformedDataError */
export const playerFromRaw = (raw: unknown): Player => Player.fromRaw(raw);
/** A voice server update as JSON. */
export const voiceServerUpdateToRaw = (update: VoiceServerUpdate): Record<string, unknown> => update.toRaw();
/** @throws MalformedDataError */
export const voiceServerUpdateFromRaw = (raw: unknown): VoiceServerUpdate => VoiceServerUpdate.fromRaw(raw);

/** A player state in memory. */
export class PlayerState extends AbstractPlayerState {
  #player: Player | null = null;
  #voiceServerUpdate: VoiceServerUpdate | null = null;
  #track: string | null = null;
  #mixer: MixerTracks = {};

  /**
   * Restores what {@link toRaw} gave.
   *
   * @throws MalformedDataError, SnowflakeTypeError, SnowflakeRangeError
   */
  static fromRaw(raw: unknown): PlayerState {
    if (typeof raw !== "object" || raw === null || !("guildId" in raw)) {
      throw new MalformedDataError("player state", "guildId", "a snowflake");
    }
    const { guildId, player, track, voiceServerUpdate, mixer } = raw as Partial<
      Record<keyof RawPlayerState, unknown>
    >;
    const state = new PlayerState(guildId as Snowflake);
    state.#player = isGiven(player) ? playerFromRaw(player) : null;
    state.#voiceServerUpdate = isGiven(voiceServerUpdate)
      ? voiceServerUpdateFromRaw(voiceServerUpdate)
      : null;
    state.#track = readTrack(track);
    state.#mixer = readMixer(mixer);
    return state;
  }

  override getPlayer(): Promise<Player | null> {
    return Promise.resolve(this.#player);
  }

  override setPlayer(player: Player | null): Promise<void> {
    this.#player = player;
    return Promise.resolve();
  }

  override getVoiceServerUpdate(): Promise<VoiceServerUpdate | null> {
    return Promise.resolve(this.#voiceServerUpdate);
  }

  override setVoiceServerUpdate(update: VoiceServerUpdate | null): Promise<void> {
    this.#voiceServerUpdate = update;
    return Promise.resolve();
  }

  override getTrack(): Promise<string | null> {
    return Promise.resolve(this.#track);
  }

  override setTrack(track: string | null): Promise<void> {
    this.#track = track;
    return Promise.resolve();
  }

  override getMixer(): Promise<MixerTracks> {
    return Promise.resolve(this.#mixer);
  }

  override setMixer(tracks: MixerTracks): Promise<void> {
    this.#mixer = { ...tracks };
    return Promise.resolve();
  }

  /** Everything, as JSON. */
  toRaw(): RawPlayerState {
    return {
      guildId: this.guildId,
      player: this.#player && playerToRaw(this.#player),
      track: this.#track,
      voiceServerUpdate: this.#voiceServerUpdate && voiceServerUpdateToRaw(this.#voiceServerUpdate),
      mixer: this.#mixer,
    };
  }
}

const isGiven = (value: unknown): boolean => value !== null && value !== undefined;

function readTrack(raw: unknown): string | null {
  if (raw === null || raw === undefined) return null;
  if (typeof raw === "string") return raw;
  throw new MalformedDataError("player state", "track", "a string or null");
}

function readMixer(raw: unknown): MixerTracks {
  const entries = typeof raw === "object" && raw !== null ? Object.entries(raw) : [];
  if ((isGiven(raw) && typeof raw !== "object") || entries.some(([, track]) => typeof track !== "string")) {
    throw new MalformedDataError("player state", "mixer", "an object of strings");
  }
  return Object.fromEntries(entries);
}
