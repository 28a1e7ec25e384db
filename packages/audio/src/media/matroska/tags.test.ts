import { expect, it } from "vitest";
import { inPieces, liveBytes, mediaFile, memoryBytes, remoteBytes } from "../media.test-support.ts";
import { openMedia } from "../open-media.ts";
import { readFacts } from "../read-facts.ts";
import { element } from "./matroska.test-support.ts";

const targets = (level: number | null, uid?: Uint8Array, uidId = 0x63c5): Buffer =>
  element(
    0x63c0,
    level === null ? "" : element(0x68ca, Uint8Array.of(level)),
    uid ? element(uidId, uid) : "",
  );
const simple = (name: string, value: string) =>
  element(0x67c8, element(0x45a3, name), element(0x4487, value));
const tag = (target: Buffer, fields: Readonly<Record<string, string>>) =>
  element(0x7373, target, ...Object.entries(fields).map(([name, value]) => simple(name, value)));
const tags = (...each: readonly Buffer[]) => element(0x1254c367, ...each);

const clusterId = Buffer.from([0x1f, 0x43, 0xb6, 0x75]);
const tracksId = Buffer.from([0x16, 0x54, 0xae, 0x6b]);
const segmentId = Buffer.from([0x18, 0x53, 0x80, 0x67]);

/** Returns a file whose seek head refers to elements behind the clusters. */
function fileWith(behind: readonly Buffer[], inFront: readonly Buffer[] = []) {
  const file = Buffer.from(mediaFile("tones-opus.webm"));
  const clusterAt = file.indexOf(clusterId);
  const head = file.subarray(0, file.indexOf(segmentId));
  const tracks = file.subarray(0, clusterAt).lastIndexOf(tracksId);
  const trackBytes = 5 + ((file[tracks + 4] ?? 0) & 0x7f);
  const timestampScale = element(0x2ad7b1, Uint8Array.of(0x0f, 0x42, 0x40));
  const headers = Buffer.concat([
    element(0x1549a966, timestampScale),
    file.subarray(tracks, tracks + trackBytes),
    ...inFront,
  ]);
  const clusters = file.subarray(clusterAt);
  const seekHead = (places: readonly number[]) =>
    element(
      0x114d9b74,
      ...places.map((place) => {
        const position = Buffer.alloc(4);
        position.writeUInt32BE(place);
        return element(
          0x4dbb,
          element(0x53ab, Uint8Array.of(0x12, 0x54, 0xc3, 0x67)),
          element(0x53ac, position),
        );
      }),
    );
  const seekBytes = seekHead(behind.map(() => 0)).length;
  let place = seekBytes + headers.length + clusters.length;
  const places = behind.map((each) => {
    place += each.length;
    return place - each.length;
  });
  return Buffer.concat([head, element(0x18538067, seekHead(places), headers, clusters, ...behind)]);
}

/** UID of the track in the file of the test kit. */
function trackUid(): Uint8Array {
  const file = Buffer.from(mediaFile("tones-opus.webm"));
  const at = file.indexOf(Buffer.from([0x73, 0xc5]));
  const length = (file[at + 2] ?? 0) & 0x7f;
  return file.subarray(at + 3, at + 3 + length);
}

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
