import { expect, it } from "vitest";
import { inPieces, liveBytes, memoryBytes, remoteBytes } from "../media.test-support.ts";
import { openMedia } from "../open-media.ts";
import { readFacts } from "../read-facts.ts";
import { fileWith, tag, tags, targets, trackUid } from "./matroska.test-support.ts";

const album = tag(targets(50), { TITLE: "Album", ARTIST: "Album artist", ISRC: "A" });

it("reads several elements of tags behind the clusters, the track's before the album's", async () => {
  const own = tag(targets(30), { TITLE: "Song", ARTIST: "Singer" });
  const content = fileWith([tags(album), tags(own)]);
  const expected = { title: "Song", author: "Singer", album: "Album", isrc: "A" };
  expect(await readFacts(memoryBytes(content))).toMatchObject(expected);
  expect(await readFacts(remoteBytes(content))).toMatchObject(expected);
});

it("merges tags before and behind the clusters", async () => {
  const content = fileWith([tags(tag(targets(30), { TITLE: "Song" }))], [tags(album)]);
  expect(await readFacts(memoryBytes(content))).toMatchObject({ title: "Song", author: "Album artist" });
});

it("does not jump to tags before it plays a remote file, nor in one that can only be read forwards", async () => {
  const content = fileWith([tags(tag(targets(30), { TITLE: "Song" }))]);
  for (const source of [remoteBytes(content), liveBytes(inPieces(content))]) {
    const stream = await openMedia(source);
    expect(stream.facts.title).toBeNull();
    expect(await stream.read()).toBeDefined();
    stream.close();
  }
});

it.each<[string, Buffer[], object]>([
  ["of the track by its UID", [tag(targets(null, trackUid()), { TITLE: "Song" }), album], { title: "Song" }],
  [
    "of another track",
    [tag(targets(30, Uint8Array.of(7, 7)), { TITLE: "Other" }), album],
    { title: "Album" },
  ],
  ["of a chapter", [tag(targets(30, Uint8Array.of(7), 0x63c4), { TITLE: "Chapter" })], { title: null }],
  ["of an attachment", [tag(targets(null, Uint8Array.of(7), 0x63c6), { TITLE: "Cover" })], { title: null }],
  ["without a target", [tag(targets(null), { TITLE: "File" }), album], { title: "File", album: "Album" }],
  ["of an album only", [album], { title: "Album", author: "Album artist", album: null }],
])("reads tags %s", async (_of, each, expected) => {
  expect(await readFacts(memoryBytes(fileWith([tags(...each)])))).toMatchObject(expected);
  expect(await readFacts(memoryBytes(fileWith([], [tags(...each)])))).toMatchObject(expected);
});
