// Seed document: "ignores special markers such as ytsearch: and treats the given uri as nothing but that".

import { HTTP } from "@asterite/andesite";
import { expect, it } from "vitest";
import { everyNode } from "../support/andesite-node.ts";

it("loads the URI of a user and nothing that a search would find", async () => {
  const { url, identifiers } = await everyNode[1].start();
  await using http = new HTTP(url, null);
  expect((await http.loadTracks(identifiers.search)).length).toBe(1);
  for (const text of [
    identifiers.search,
    "ytsearch:a song",
    "scsearch:a song",
    "ytmsearch:a song",
    "scsearch[0,5]:a song",
  ]) {
    // Without yt-dlp, a search on a site fails to load; it is not without a match.
    expect((await http.loadTracksSafe(text)).loadType).toBe("NO_MATCHES");
  }
  expect((await http.loadTracksSafe(identifiers.one.slice("raw:".length))).length).toBe(1);
});
