import type { QueueEntry } from "@asterite/queue";
import { silentLogger } from "@asterite/util";
import { expect, it } from "vitest";
import { ArtworkLink } from "./artwork-link.ts";

const entry = (id: number, artwork: string | null): QueueEntry => ({
  id,
  track: {
    ...{ track: "QAAA", title: "Song", author: "Ann", lengthMs: 1_000 },
    ...{ identifier: "/music/song.flac", uri: null, artwork, isSeekable: true },
  },
  requester: { id: "1", name: "ann" },
});

/** A link whose questions are answered by hand. */
function make(base = "") {
  const asked: { identifier: string; signal: AbortSignal; answer: PromiseWithResolvers<string | null> }[] =
    [];
  let changes = 0;
  const link = new ArtworkLink(
    (identifier, signal) => {
      const answer = Promise.withResolvers<string | null>();
      asked.push({ identifier, signal, answer });
      return answer.promise;
    },
    (path) => base + path,
    () => changes++,
    silentLogger,
  );
  return { link, asked, changes: () => changes };
}

it("is the path that a track was found with, until the node says another", async () => {
  const { link, asked, changes } = make("https://music.example");
  const playing = entry(1, "/artwork/old");
  expect(link.urlOf(playing)).toBe("https://music.example/artwork/old");
  link.renew(playing);
  expect(asked.map(({ identifier }) => identifier)).toEqual(["/music/song.flac"]);
  asked[0]?.answer.resolve("/artwork/new");
  await expect.poll(changes).toBe(1);
  expect(link.urlOf(playing)).toBe("https://music.example/artwork/new");
  // Another entry of the same track has its own.
  expect(link.urlOf(entry(2, "/artwork/old"))).toBe("https://music.example/artwork/old");
});

it("is none where the node has no picture any more, and stays where the node does not answer", async () => {
  const { link, asked, changes } = make();
  const playing = entry(1, "/artwork/old");
  link.renew(playing);
  asked[0]?.answer.reject(new Error("no connection"));
  await Promise.resolve();
  expect([link.urlOf(playing), changes()]).toEqual(["/artwork/old", 0]);
  link.renew(playing);
  asked[1]?.answer.resolve(null);
  await expect.poll(changes).toBe(1);
  expect(link.urlOf(playing)).toBeNull();
});

it("forgets an answer that comes too late", async () => {
  const { link, asked, changes } = make();
  const [one, two] = [entry(1, "/artwork/one"), entry(2, "/artwork/two")];
  link.renew(one);
  link.renew(two);
  expect(asked[0]?.signal.aborted).toBe(true);
  asked[0]?.answer.resolve("/artwork/late");
  asked[1]?.answer.resolve("/artwork/new");
  await expect.poll(changes).toBe(1);
  expect([link.urlOf(one), link.urlOf(two)]).toEqual(["/artwork/one", "/artwork/new"]);
});

it("does not ask for what is on the web, or for nothing", () => {
  const { link, asked } = make();
  const web = entry(1, "https://i.example/a.jpg");
  link.renew(web);
  link.renew(entry(2, null));
  expect(asked).toEqual([]);
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
])("%s is not for anybody to follow", (artwork) => {
  const { link, asked } = make();
  link.renew(entry(1, artwork));
  expect([link.urlOf(entry(1, artwork)), asked.length]).toEqual([null, 0]);
});
