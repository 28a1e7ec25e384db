// Seed document: "ignores special markers such as ytsearch: and treats the given uri as nothing but that".

import { HTTP } from "@asterite/andesite";
import { expect, it, onTestFinished } from "vitest";
import { createNode } from "../../packages/andesite-node/src/create-node.ts";
import { createMusicFolder } from "../support/music-folder.ts";

it("loads the URI of a user and nothing that a search would find", async () => {
  const { loading, identifiers } = await createMusicFolder();
  const node = await createNode({ http: { host: "127.0.0.1", port: 0 }, loading });
  onTestFinished(() => node.close({ graceMs: 0 }));
  await using http = new HTTP(`http://127.0.0.1:${node.port}`, null);
  // With yt-dlp missing, a YouTube or SoundCloud search fails to load, and is not without a match.
  expect((await http.loadTracks("search:a song")).length).toBe(1);
  for (const text of ["search:a song", "ytsearch:a song", "scsearch:a song"]) {
    expect((await http.loadTracksSafe(text)).loadType).toBe("NO_MATCHES");
  }
  for (const text of ["ytmsearch:a song", "scsearch[0,5]:a song"]) {
    expect((await http.loadTracksSafe(text)).loadType).toBe("NO_MATCHES");
  }
  const path = identifiers.one.slice("raw:".length);
  expect((await http.loadTracksSafe(path)).length).toBe(1);
});
