// Builders of Matroska elements, and of files with tags.

import { mediaFile } from "../media.test-support.ts";

/** Builds an element with a length of eight bytes. */
export function element(id: number, ...content: readonly (string | Uint8Array)[]): Buffer {
  const body = Buffer.concat(content.map((part) => Buffer.from(part)));
  const header = Buffer.alloc(12);
  header.writeUInt32BE(id);
  header.writeUInt8(1, 4);
  header.writeUIntBE(body.length, 6, 6);
  return Buffer.concat([header.subarray(header.findIndex((byte) => byte !== 0)), body]);
}

/** Builds what tags apply to. */
export const targets = (level: number | null, uid?: Uint8Array, uidId = 0x63c5): Buffer =>
  element(
    0x63c0,
    level === null ? "" : element(0x68ca, Uint8Array.of(level)),
    uid ? element(uidId, uid) : "",
  );
const simple = (name: string, value: string) =>
  element(0x67c8, element(0x45a3, name), element(0x4487, value));
/** Builds a tag. */
export const tag = (target: Buffer, fields: Readonly<Record<string, string>>) =>
  element(0x7373, target, ...Object.entries(fields).map(([name, value]) => simple(name, value)));
/** Builds the element of several tags. */
export const tags = (...each: readonly Buffer[]) => element(0x1254c367, ...each);

const clusterId = Buffer.from([0x1f, 0x43, 0xb6, 0x75]);
const tracksId = Buffer.from([0x16, 0x54, 0xae, 0x6b]);
const segmentId = Buffer.from([0x18, 0x53, 0x80, 0x67]);

/** Returns a file whose seek head refers to elements behind the clusters. */
export function fileWith(behind: readonly Buffer[], inFront: readonly Buffer[] = []) {
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
export function trackUid(): Uint8Array {
  const file = Buffer.from(mediaFile("tones-opus.webm"));
  const at = file.indexOf(Buffer.from([0x73, 0xc5]));
  const length = (file[at + 2] ?? 0) & 0x7f;
  return file.subarray(at + 3, at + 3 + length);
}
