import {
  AbstractPlayerState,
  type MixerTracks,
  type Player,
  playerFromRaw,
  playerToRaw,
  State,
  type VoiceServerUpdate,
  voiceServerUpdateFromRaw,
  voiceServerUpdateToRaw,
} from "@asterite/andesite";

/** What a store has to do. A client of `ioredis` fits as it is; `keys` is asked once, at the start. */
export interface KeyValue {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
  /** All keys that match a pattern in which `*` stands for anything. */
  keys(pattern: string): Promise<readonly string[]>;
}

const prefix = "andesite:";

/** The player of one guild; nothing of it is kept here, so that several programs may share the store. */
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

  async #get(what: string): Promise<unknown> {
    const text = await this.#store.get(`${prefix}${this.guildId}:${what}`);
    return text === null ? null : JSON.parse(text);
  }

  async #set(what: string, value: unknown): Promise<void> {
    const key = `${prefix}${this.guildId}:${what}`;
    if (value === null) await this.#store.del(key);
    else await this.#store.set(key, JSON.stringify(value));
  }
}

/** A state in a store. */
export const openKeyValueState = (store: KeyValue, onError: (error: unknown) => void): State =>
  new State({
    keepStates: false,
    stateFactory: (guildId) => new KeyValuePlayerState(guildId, store),
    onError,
  });

/** The guilds that a store knows players of. */
export async function storedGuilds(store: KeyValue): Promise<string[]> {
  const keys = await store.keys(`${prefix}*`);
  return [...new Set(keys.map((key) => key.split(":")[1] ?? ""))].filter((guildId) => guildId !== "");
}
