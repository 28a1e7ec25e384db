import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type MixerTracks,
  type Player,
  PlayerState,
  State,
  type VoiceServerUpdate,
} from "@asterite/andesite";

/** The player of one guild, in memory and in a file of its own, which is written anew with every change. */
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

  /** Never two at a time, because the changes of a guild come one after the other. */
  async #write(): Promise<void> {
    // A crash leaves the old file or the new one, and nothing between them.
    await writeFile(`${this.#file}.new`, JSON.stringify(this.toRaw()));
    await rename(`${this.#file}.new`, this.#file);
  }
}

/** A state in the files of a folder, with the players that were left there. */
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
