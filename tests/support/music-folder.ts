import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeTrack } from "@asterite/lavaplayer-track";
import { temporaryFolder } from "./asterite.ts";
import { toneFile } from "./tone-file.ts";

const lengthSeconds = 60;

/** Folder with a song and a broken file, which is deleted after the test. */
export interface MusicFolder {
  /** Loading options of a node that plays from it. */
  readonly loading: {
    readonly musicFolders: readonly string[];
    readonly sources: { readonly local: true };
    readonly limits: { readonly libraryWaitMs: number };
  };
  /** Returns the song as an encoded track of one minute with any title. */
  track(title: string): string;
  /** Identifiers by load result. All tracks and playlists found have "a song" in their name. */
  readonly identifiers: Readonly<Record<"one" | "list" | "search" | "nothing" | "failure", string>>;
}

/** Creates a music folder. */
export async function makeMusicFolder(): Promise<MusicFolder> {
  const folder = await temporaryFolder();
  const list = join(folder, "all of a song");
  const [song, broken] = [join(list, "song.wav"), join(folder, "broken.mp3")];
  await mkdir(list);
  await Promise.all([
    writeFile(song, toneFile("a song", lengthSeconds)),
    writeFile(broken, "This is no music."),
  ]);
  return {
    loading: {
      musicFolders: [folder],
      sources: { local: true },
      // Searches must wait for the first scan of the folder, even on a busy machine.
      limits: { libraryWaitMs: 2 ** 31 - 1 },
    },
    track: (title) =>
      encodeTrack({
        info: { title, author: "Nobody", lengthMs: 1_000 * lengthSeconds, identifier: song, uri: song },
        source: { name: "local", probe: { name: "wav", parameters: null } },
      }),
    identifiers: {
      one: `raw:${song}`,
      list: `raw:${list}`,
      search: "search:a song",
      nothing: `raw:${join(folder, "nothing.mp3")}`,
      failure: `raw:${broken}`,
    },
  };
}
