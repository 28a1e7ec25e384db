import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type MixerTracks,
  type Player,
  type PlayerDetails,
  PlayerState,
  State,
  type VoiceServerUpdate,
} from "@asterite/andesite";

/** Player state in memory with a JSON file per guild, which is rewritten on every change. */
class FilePlayerState extends PlayerState {
  readonly #file: string;

  constructor(guildId: string, folder: string) {
    super(guildId);
    this.#file = join(folder, `${this.guildId}.json`);
  }

  override async setPlayer(player: Player | null): Promise<void> {
    await super.setPlayer(player);
    await this.#write();
  }

  override async setTrack(track: string | null): Promise<void> {
    await super.setTrack(track);
    await this.#write();
  }

  override async setVoiceServerUpdate(update: VoiceServerUpdate | null): Promise<void> {
    await super.setVoiceServerUpdate(update);
    await this.#write();
  }

  override async setMixer(tracks: MixerTracks): Promise<void> {
    await super.setMixer(tracks);
    await this.#write();
  }

  override async setDetails(details: PlayerDetails): Promise<void> {
    await super.setDetails(details);
    await this.#write();
  }

  /** Never runs concurrently, because the state handles the messages of a guild sequentially. */
  async #write(): Promise<void> {
    // Atomic: after a crash the file has the old or the new content.
    await writeFile(`${this.#file}.new`, JSON.stringify(this.toRaw()));
    await rename(`${this.#file}.new`, this.#file);
  }
}

/** Opens a state with one file per guild in a folder, and loads the existing files. */
export async function openFileState(folder: string, onError: (error: unknown) => void): Promise<State> {
  await mkdir(folder, { recursive: true });
  const stateFactory = (guildId: string) => new FilePlayerState(guildId, folder);
  const state = new State({ stateFactory, onError });
  for (const name of await readdir(folder)) {
    if (!/^\d+\.json$/.test(name)) continue;
    const player = stateFactory(name.slice(0, -".json".length));
    player.readRaw(JSON.parse(await readFile(join(folder, name), "utf8")));
    state.playerStates?.set(player.guildId, player);
  }
  return state;
}
