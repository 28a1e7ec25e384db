import {
  type MixerTracks,
  type Player,
  type PlayerDetails,
  State,
  type VoiceServerUpdate,
} from "@asterite/andesite";
import {
  AbstractPlayerState,
  noDetails,
  playerDetailsFromRaw,
  playerDetailsToRaw,
  playerFromRaw,
  playerToRaw,
  voiceServerUpdateFromRaw,
  voiceServerUpdateToRaw,
} from "@asterite/andesite/advanced";

/** Interface of a key-value store. A client of `ioredis` implements it. `keys` is called once, at startup. */
export interface KeyValue {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
  /** Returns all keys that match a pattern with `*` as wildcard. */
  keys(pattern: string): Promise<readonly string[]>;
}

const prefix = "andesite:";

/** Player state in the store. It caches no data, so that several processes can share the store. */
class KeyValuePlayerState extends AbstractPlayerState {
  readonly #store: KeyValue;

  constructor(guildId: string, store: KeyValue) {
    super(guildId);
    this.#store = store;
  }

  override async getPlayer(): Promise<Player | null> {
    const raw = await this.#get("player");
    return raw === null ? null : playerFromRaw(raw);
  }

  override async setPlayer(player: Player | null): Promise<void> {
    await this.#set("player", player && playerToRaw(player));
  }

  override async getVoiceServerUpdate(): Promise<VoiceServerUpdate | null> {
    const raw = await this.#get("voice");
    return raw === null ? null : voiceServerUpdateFromRaw(raw);
  }

  override async setVoiceServerUpdate(update: VoiceServerUpdate | null): Promise<void> {
    await this.#set("voice", update && voiceServerUpdateToRaw(update));
  }

  override async getTrack(): Promise<string | null> {
    return (await this.#get("track")) as string | null;
  }

  override async setTrack(track: string | null): Promise<void> {
    await this.#set("track", track);
  }

  override async getMixer(): Promise<MixerTracks> {
    return ((await this.#get("mixer")) ?? {}) as MixerTracks;
  }

  override async setMixer(tracks: MixerTracks): Promise<void> {
    await this.#set("mixer", tracks);
  }

  override async getDetails(): Promise<PlayerDetails> {
    const raw = await this.#get("details");
    return raw === null ? noDetails : playerDetailsFromRaw(raw);
  }

  override async setDetails(details: PlayerDetails): Promise<void> {
    await this.#set("details", playerDetailsToRaw(details));
  }

  async #get(name: string): Promise<unknown> {
    const text = await this.#store.get(`${prefix}${this.guildId}:${name}`);
    return text === null ? null : JSON.parse(text);
  }

  async #set(name: string, value: unknown): Promise<void> {
    const key = `${prefix}${this.guildId}:${name}`;
    if (value === null) await this.#store.del(key);
    else await this.#store.set(key, JSON.stringify(value));
  }
}

/** Opens a state whose players are in a key-value store. */
export const openKeyValueState = (store: KeyValue, onError: (error: unknown) => void): State =>
  new State({
    keepStates: false,
    stateFactory: (guildId) => new KeyValuePlayerState(guildId, store),
    onError,
  });

/** Returns the ids of the guilds whose players are in a store. */
export async function storedGuilds(store: KeyValue): Promise<string[]> {
  const keys = await store.keys(`${prefix}*`);
  return [...new Set(keys.map((key) => key.split(":")[1] ?? ""))].filter((guildId) => guildId !== "");
}
