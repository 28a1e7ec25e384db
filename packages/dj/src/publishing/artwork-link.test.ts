import type { QueueEntry } from "@asterite/queue";
import { silentLogger } from "@asterite/util";
import { expect, it } from "vitest";
import { ArtworkLink } from "./artwork-link.ts";

const entry = (id: number, artwork: string | null): QueueEntry => ({
  id,
  track: {
    track: "QAAA",
    title: "Song",
    author: "Ann",
    lengthMs: 1_000,
    identifier: "/music/song.flac",
    uri: null,
    artwork,
    isSeekable: true,
  },
  requester: { id: "1", name: "ann" },
});

/** Creates a link whose lookups are completed by the test. */
function createLink(base = "") {
  const lookups: { identifier: string; signal: AbortSignal; reply: PromiseWithResolvers<string | null> }[] =
    [];
  let changes = 0;
  const nodes = {
    findArtwork: (_guildId: string, identifier: string, signal: AbortSignal) => {
      const reply = Promise.withResolvers<string | null>();
      lookups.push({ identifier, signal, reply });
      return reply.promise;
    },
    publicUrl: (_guildId: string, path: string) => base + path,
  };
  const link = new ArtworkLink(nodes, "5", () => changes++, silentLogger);
  return { link, lookups, changes: () => changes };
}

it("returns the path loaded with the track until a lookup returns another", async () => {
  const { link, lookups, changes } = createLink("https://music.example");
  const playing = entry(1, "/artwork/old");
  expect(link.urlOf(playing)).toBe("https://music.example/artwork/old");
  link.refresh(playing);
  expect(lookups.map(({ identifier }) => identifier)).toEqual(["/music/song.flac"]);
  lookups[0]?.reply.resolve("/artwork/new");
  await expect.poll(changes).toBe(1);
  expect(link.urlOf(playing)).toBe("https://music.example/artwork/new");
  // Another entry of the same track is not affected.
  expect(link.urlOf(entry(2, "/artwork/old"))).toBe("https://music.example/artwork/old");
});

it("removes the picture when the node no longer has one, and keeps it when the lookup fails", async () => {
  const { link, lookups, changes } = createLink();
  const playing = entry(1, "/artwork/old");
  link.refresh(playing);
  lookups[0]?.reply.reject(new Error("no connection"));
  await Promise.resolve();
  expect([link.urlOf(playing), changes()]).toEqual(["/artwork/old", 0]);
  link.refresh(playing);
  lookups[1]?.reply.resolve(null);
  await expect.poll(changes).toBe(1);
  expect(link.urlOf(playing)).toBeNull();
});

it("ignores the result of a cancelled lookup", async () => {
  const { link, lookups, changes } = createLink();
  const [one, two] = [entry(1, "/artwork/one"), entry(2, "/artwork/two")];
  link.refresh(one);
  link.refresh(two);
  expect(lookups[0]?.signal.aborted).toBe(true);
  lookups[0]?.reply.resolve("/artwork/late");
  lookups[1]?.reply.resolve("/artwork/new");
  await expect.poll(changes).toBe(1);
  expect([link.urlOf(one), link.urlOf(two)]).toEqual(["/artwork/one", "/artwork/new"]);
});

it("does not look up web URLs or missing pictures", () => {
  const { link, lookups } = createLink();
  const web = entry(1, "https://i.example/a.jpg");
  link.refresh(web);
  link.refresh(entry(2, null));
  expect(lookups).toEqual([]);
  expect([link.urlOf(web), link.urlOf(entry(2, null))]).toEqual(["https://i.example/a.jpg", null]);
});

it.each([
  "javascript:alert(1)",
  "data:image/png;base64,AAAA",
  "//evil.example/artwork/a",
  "/artwork/../admin",
  "/artwork/",
  "/listen/a",
  "file:///etc/passwd",
  `/artwork/${"a".repeat(1_000)}`,
])("%s is not published", (artwork) => {
  const { link, lookups } = createLink();
  link.refresh(entry(1, artwork));
  expect([link.urlOf(entry(1, artwork)), lookups.length]).toEqual([null, 0]);
});
