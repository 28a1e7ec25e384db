import { type Snowflake, toSnowflake } from "@asterite/andesite-protocol";
import { isObject } from "../checks.ts";
import { MalformedDataError } from "../errors.ts";
import { Player } from "../models/player.ts";
import { VoiceServerUpdate } from "../operations/connection.ts";

/** The tracks of mixer players, base64, by the ids of the players. */
export type MixerTracks = Readonly<Record<string, string>>;

/** What is known about the player of a guild, so that another node can take it over. */
export abstract class AbstractPlayerState {
  /** The guild whose player it is. */
  readonly guildId: string;

  /** @throws SnowflakeTypeError, SnowflakeRangeError */
  constructor(guildId: Snowflake) {
    this.guildId = toSnowflake(guildId, "guildId");
  }

  /** The last state that the node reported. */
  abstract getPlayer(): Promise<Player | null>;
  /** Stores what the node reported; null when the player is gone. */
  abstract setPlayer(player: Player | null): Promise<void>;

  /** What was last sent to connect to the voice server. */
  abstract getVoiceServerUpdate(): Promise<VoiceServerUpdate | null>;
  /** Stores what was sent; null forgets it. */
  abstract setVoiceServerUpdate(update: VoiceServerUpdate | null): Promise<void>;

  /** The track that is loaded, base64. */
  abstract getTrack(): Promise<string | null>;
  /** Stores which track is loaded, base64; null for none. */
  abstract setTrack(track: string | null): Promise<void>;

  /** The tracks of the mixer. A store without this and {@link setMixer} cannot restore mixers. */
  getMixer?(): Promise<MixerTracks>;
  /** Stores the tracks of the mixer in place of those before. */
  setMixer?(tracks: MixerTracks): Promise<void>;
}

/** A player state as JSON. */
export interface RawPlayerState {
  /** The guild whose player it is. */
  readonly guildId: string;
  /** The player as it travels. */
  readonly player: Record<string, unknown> | null;
  /** Base64. */
  readonly track: string | null;
  /** The update as it travels. */
  readonly voiceServerUpdate: Record<string, unknown> | null;
  /** Base64 tracks by the ids of mixer players. */
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
    const state = new PlayerState(raw.guildId as Snowflake);
    state.readRaw(raw);
    return state;
  }

  /**
   * Takes over what {@link toRaw} gave, except for the guild, so that a store can bring its own player states back.
   *
   * @throws MalformedDataError; then nothing has changed.
   */
  readRaw(raw: unknown): void {
    if (!isObject(raw)) throw new MalformedDataError("player state", "", "an object");
    const { player, track, voiceServerUpdate, mixer } = raw;
    const read = {
      player: isGiven(player) ? playerFromRaw(player) : null,
      voiceServerUpdate: isGiven(voiceServerUpdate) ? voiceServerUpdateFromRaw(voiceServerUpdate) : null,
      track: readTrack(track),
      mixer: readMixer(mixer),
    };
    this.#player = read.player;
    this.#voiceServerUpdate = read.voiceServerUpdate;
    this.#track = read.track;
    this.#mixer = read.mixer;
  }

  override getPlayer(): Promise<Player | null> {
    return Promise.resolve(this.#player);
  }

  /** Stores what the node reported; null when the player is gone. */
  override setPlayer(player: Player | null): Promise<void> {
    this.#player = player;
    return Promise.resolve();
  }

  override getVoiceServerUpdate(): Promise<VoiceServerUpdate | null> {
    return Promise.resolve(this.#voiceServerUpdate);
  }

  /** Stores what was sent; null forgets it. */
  override setVoiceServerUpdate(update: VoiceServerUpdate | null): Promise<void> {
    this.#voiceServerUpdate = update;
    return Promise.resolve();
  }

  override getTrack(): Promise<string | null> {
    return Promise.resolve(this.#track);
  }

  /** Stores which track is loaded, base64; null for none. */
  override setTrack(track: string | null): Promise<void> {
    this.#track = track;
    return Promise.resolve();
  }

  override getMixer(): Promise<MixerTracks> {
    return Promise.resolve(this.#mixer);
  }

  /** Stores a copy of the tracks in place of those before. */
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
