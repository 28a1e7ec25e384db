import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "@asterite/util";
import { expect, it } from "vitest";
import { makeFacts } from "../facts.test-support.ts";
import { defaultLoadingLimits } from "../limits.ts";
import { silentWav, temporaryFolder } from "../loading.test-support.ts";
import { MusicFolders } from "../music-folders.ts";
import { MusicIndex } from "./music-index.ts";
import { MusicLibrary } from "./music-library.ts";

const facts = makeFacts({ title: "Found", album: "An album" });
const signal = new AbortController().signal;

it("answers searches during a scan, of which only those after the start wait", async () => {
  await using folder = await temporaryFolder();
  for (const name of ["a.wav", "b.wav"]) await writeFile(join(folder.path, name), silentWav(0.1));
  const probing = Promise.withResolvers<never>();
  let probes = 0;
  const library = new MusicLibrary({
    musicFolders: new MusicFolders([folder.path]),
    index: new MusicIndex(null),
    prober: {
      // The second file takes forever.
      probe: () =>
        probes++ === 0
          ? Promise.resolve({ type: "media", facts, endless: false, station: null, parts: [] })
          : probing.promise,
      close: () => Promise.resolve(probing.reject(new Error("closed"))),
    },
    media: { readParts: () => Promise.resolve({ parts: [], isComplete: true }) },
    limits: { ...defaultLoadingLimits, libraryWaitMs: 300 },
    logger: silentLogger,
  });
  // If each of them waited, they would take longer than the test may.
  for (let search = 0; search < 200; search++) {
    expect((await library.search("found", signal)).length).toBe(1);
    expect(
      (await library.searchCollections("album", signal)).map(({ kind, trackCount }) => [kind, trackCount]),
    ).toEqual([["album", 1]]);
  }
  expect(probes).toBe(2);
  await library.close();
});
