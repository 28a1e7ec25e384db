import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeTrack } from "@asterite/lavaplayer-track";
import { temporaryFolder } from "./asterite.ts";
import { toneFile } from "./tone-file.ts";

const lengthSeconds = 60;

/** A folder with a song and a broken file, which is gone after the test. */
export interface MusicFolder {
  /** Options of a node that plays from it. */
  readonly loading: {
    readonly musicFolders: readonly string[];
    readonly sources: { readonly local: true };
    readonly limits: { readonly libraryWaitMs: number };
  };
  /** The song under any title, encoded; it lasts a minute. */
  track(title: string): string;
  /** What to load for each end of loading; every track and list that is found has "a song" in its name. */
  readonly identifiers: Readonly<Record<"one" | "list" | "search" | "nothing" | "failure", string>>;
}

/** Makes one. */
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
      // A search is to wait for the first look through the folder, however busy the machine is.
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
