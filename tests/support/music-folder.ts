import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeTrack } from "@asterite/lavaplayer-track";
import { maxTimerMs } from "@asterite/util";
import { type AtEnd, temporaryFolder } from "./asterite.ts";
import { toneFile } from "./tone-file.ts";

const lengthSeconds = 60;

/** Music folder with a song and a broken file. */
export interface MusicFolder {
  /** Options of a node that plays from the folder. */
  readonly loading: {
    readonly musicFolders: readonly string[];
    readonly sources: { readonly local: true };
    readonly limits: { readonly libraryWaitMs: number };
  };
  /** Returns the song, which lasts a minute, encoded with any title. */
  track(title: string): string;
  /** Identifiers for each result of loading; all tracks and playlists found have "a song" in their name. */
  readonly identifiers: Readonly<Record<"one" | "list" | "search" | "nothing" | "failure", string>>;
}

/** Creates a music folder, deleted at the end; by default, that of the test. */
export async function createMusicFolder(atEnd?: AtEnd): Promise<MusicFolder> {
  const folder = await temporaryFolder(atEnd);
  const list = join(folder, "all of a song");
  const [song, broken] = [join(list, "song.wav"), join(folder, "broken.mp3")];
  await mkdir(list);
  await Promise.all([
    writeFile(song, toneFile("a song", lengthSeconds)),
    writeFile(broken, "This is not audio."),
  ]);
  return {
    loading: {
      musicFolders: [folder],
      sources: { local: true },
      // Searches wait for the first scan of the folder, however busy the machine is.
      limits: { libraryWaitMs: maxTimerMs },
    },
    track: (title) =>
      encodeTrack({
        info: { title, author: "An artist", lengthMs: 1_000 * lengthSeconds, identifier: song, uri: song },
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
