import { type Snowflake, type SnowflakeLike, toSnowflake } from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";
import { InvalidTypeError, MalformedDataError } from "../errors.ts";
import { Player } from "../models/player.ts";
import { VoiceServerUpdate } from "../operations/connection.ts";
import { noDetails, type PlayerDetails, playerDetailsFromRaw, playerDetailsToRaw } from "./player-details.ts";

/** Encoded tracks of mixer players, base64, by the ids of the players. */
export type MixerTracks = Readonly<Record<string, string>>;

/** Stored data of a guild's player, from which it can be restored on another node. */
export abstract class AbstractPlayerState {
  /** Id of the guild. */
  readonly guildId: string;

  /** @throws SnowflakeTypeError, SnowflakeRangeError */
  constructor(guildId: SnowflakeLike) {
    this.guildId = toSnowflake(guildId, "guildId");
  }

  /** Returns the last state that the node reported; null for none. */
  abstract getPlayer(): Promise<Player | null>;
  /** Stores a state that the node reported; null when the node has no player. */
  abstract setPlayer(player: Player | null): Promise<void>;

  /** Returns the last voice server update that was sent; null for none. */
  abstract getVoiceServerUpdate(): Promise<VoiceServerUpdate | null>;
  /** Stores a voice server update that was sent; null removes it. */
  abstract setVoiceServerUpdate(update: VoiceServerUpdate | null): Promise<void>;

  /** Returns the loaded track, base64; null for none. */
  abstract getTrack(): Promise<string | null>;
  /** Stores the loaded track, base64; null for none. */
  abstract setTrack(track: string | null): Promise<void>;

  /**
   * Returns the tracks of the mixer. A store without this method and {@link setMixer} cannot restore mixers.
   */
  getMixer?(): Promise<MixerTracks>;
  /** Replaces the tracks of the mixer. */
  setMixer?(tracks: MixerTracks): Promise<void>;

  /**
   * Returns the settings that nodes do not report. A store without this method and {@link setDetails}
   * restores a player without them, so that a `radio` player stops.
   */
  getDetails?(): Promise<PlayerDetails>;
  /** Replaces the settings that nodes do not report. */
  setDetails?(details: PlayerDetails): Promise<void>;
}

/** A player state in JSON form. */
export interface RawPlayerState {
  /** Id of the guild. */
  readonly guildId: string;
  /** Player in the form of the wire; null for none. */
  readonly player: Record<string, unknown> | null;
  /** Loaded track in base64; null for none. */
  readonly track: string | null;
  /** Voice server update in the form of the wire; null for none. */
  readonly voiceServerUpdate: Record<string, unknown> | null;
  /** Tracks in base64 by the ids of mixer players. */
  readonly mixer: MixerTracks;
  /** Settings that nodes do not report, see {@link playerDetailsToRaw}. */
  readonly details: Record<string, unknown>;
}

/**
 * Converts a player to JSON; its time is in UTC.
 *
 * @throws InvalidTypeError
 */
export function playerToRaw(player: Player): Record<string, unknown> {
  if (!(player instanceof Player)) throw new InvalidTypeError("player", "a Player");
  return player.toRaw();
}
/**
 * Reads a player from JSON.
 *
 * @throws MalformedDataError
 */
export const playerFromRaw = (raw: unknown): Player => Player.fromRaw(raw);
/**
 * Converts a voice server update to JSON.
 *
 * @throws InvalidTypeError
 */
export function voiceServerUpdateToRaw(update: VoiceServerUpdate): Record<string, unknown> {
  if (!(update instanceof VoiceServerUpdate)) throw new InvalidTypeError("update", "a VoiceServerUpdate");
  return update.toRaw();
}
/**
 * Reads a voice server update from JSON.
 *
 * @throws MalformedDataError
 */
export const voiceServerUpdateFromRaw = (raw: unknown): VoiceServerUpdate => VoiceServerUpdate.fromRaw(raw);

/** Player state in memory. */
export class PlayerState extends AbstractPlayerState {
  #player: Player | null = null;
  #voiceServerUpdate: VoiceServerUpdate | null = null;
  #track: string | null = null;
  #mixer: MixerTracks = {};
  #details: PlayerDetails = noDetails;

  /**
   * Creates a player state from the JSON of {@link toRaw}.
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
   * Loads the JSON of {@link toRaw}, except the guild id, into this object, for subclasses that persist their
   * data.
   *
   * @throws MalformedDataError; the object is unchanged then.
   */
  readRaw(raw: unknown): void {
    if (!isRecord(raw)) throw new MalformedDataError("player state", "", "an object");
    const { player, track, voiceServerUpdate, mixer, details } = raw;
    const read = {
      player: isGiven(player) ? playerFromRaw(player) : null,
      voiceServerUpdate: isGiven(voiceServerUpdate) ? voiceServerUpdateFromRaw(voiceServerUpdate) : null,
      track: readTrack(track),
      mixer: readMixer(mixer),
      details: isGiven(details) ? playerDetailsFromRaw(details) : noDetails,
    };
    this.#player = read.player;
    this.#voiceServerUpdate = read.voiceServerUpdate;
    this.#track = read.track;
    this.#mixer = read.mixer;
    this.#details = read.details;
  }

  override getPlayer(): Promise<Player | null> {
    return Promise.resolve(this.#player);
  }

  /** Stores a state that the node reported; null when the node has no player. */
  override setPlayer(player: Player | null): Promise<void> {
    this.#player = player;
    return Promise.resolve();
  }

  override getVoiceServerUpdate(): Promise<VoiceServerUpdate | null> {
    return Promise.resolve(this.#voiceServerUpdate);
  }

  /** Stores a voice server update that was sent; null removes it. */
  override setVoiceServerUpdate(update: VoiceServerUpdate | null): Promise<void> {
    this.#voiceServerUpdate = update;
    return Promise.resolve();
  }

  override getTrack(): Promise<string | null> {
    return Promise.resolve(this.#track);
  }

  /** Stores the loaded track, base64; null for none. */
  override setTrack(track: string | null): Promise<void> {
    this.#track = track;
    return Promise.resolve();
  }

  override getMixer(): Promise<MixerTracks> {
    return Promise.resolve(this.#mixer);
  }

  /** Replaces the tracks of the mixer with a copy of the argument. */
  override setMixer(tracks: MixerTracks): Promise<void> {
    this.#mixer = { ...tracks };
    return Promise.resolve();
  }

  override getDetails(): Promise<PlayerDetails> {
    return Promise.resolve(this.#details);
  }

  /** Replaces the settings that nodes do not report. */
  override setDetails(details: PlayerDetails): Promise<void> {
    this.#details = details;
    return Promise.resolve();
  }

  /** Returns all data in JSON form. */
  toRaw(): RawPlayerState {
    return {
      guildId: this.guildId,
      player: this.#player?.toRaw() ?? null,
      track: this.#track,
      voiceServerUpdate: this.#voiceServerUpdate?.toRaw() ?? null,
      mixer: this.#mixer,
      details: playerDetailsToRaw(this.#details),
    };
  }

  /** Equivalent to {@link toRaw}, for `JSON.stringify`. */
  toJSON(): RawPlayerState {
    return this.toRaw();
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
