import { seededRandom } from "@asterite/testkit";
import type { OddFile } from "./made-file.ts";

const random = (bytes: number): Buffer => {
  const next = seededRandom(17);
  return Buffer.from(Array.from({ length: bytes }, () => Math.floor(next() * 256)));
};

/** Removes chance headers of frames. */
const junk = (bytes: number): Buffer => Buffer.from(random(bytes).map((byte) => (byte === 255 ? 0 : byte)));

/** An ID3v2.3 tag with a title in Latin-1, windows-1251 or UTF-8, as it is. */
function id3(title: Buffer, padding = 0): Buffer {
  const frame = Buffer.concat([Buffer.from("TIT2"), Buffer.alloc(6), Buffer.of(0), title]);
  frame.writeUInt32BE(title.length + 1, 4);
  const size = frame.length + padding;
  const head = Buffer.from([0x49, 0x44, 0x33, 3, 0, 0, 0, 0, (size >> 7) & 127, size & 127]);
  return Buffer.concat([head, frame, Buffer.alloc(padding)]);
}

/** An ID3v1 tag. */
const id3v1 = (title: string): Buffer =>
  Buffer.concat([Buffer.from("TAG"), Buffer.from(title.padEnd(30, "\0"), "latin1"), Buffer.alloc(95)]);

const first = (bytes: Buffer): Buffer => bytes;
const withTag = (bytes: Buffer): Buffer => Buffer.concat([id3(Buffer.from("In front")), bytes]);
const joined = (...files: readonly Buffer[]): Buffer => Buffer.concat([...files]);
const zeroed = (bytes: Buffer): Buffer => {
  const at = Math.floor(bytes.length / 2);
  return Buffer.from(bytes).fill(0, at, at + 1_500);
};

function file(name: string, from: readonly string[], make: OddFile["make"]): OddFile {
  return { name, from, make };
}

/** Changes a field of a file of chunks, counted from the name of a chunk. */
const patched =
  (chunk: string, offset: number, value: number) =>
  (bytes: Buffer): Buffer => {
    const copy = Buffer.from(bytes);
    copy.writeUInt32LE(value, copy.indexOf(chunk) + offset);
    return copy;
  };

/** Inserts bytes before the chunk with the samples. */
const beforeData = (more: Buffer) => (bytes: Buffer) => {
  const at = bytes.indexOf("data");
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
};

const extensionOf = (name: string): string => name.slice(name.lastIndexOf("."));
const plain = ["cbr128.mp3", "s16.flac", "q0.ogg", "tags.opus", "aac.aac"];
const truncated = [...plain, "front.m4a", "libopus.webm", "pcm_s16le.wav", "pcm_s16be.aiff", "pcm_s16be.caf"];

/** Files that no encoder writes. */
export const odd: readonly OddFile[] = [
  ...truncated.map((name) =>
    file(`half-${name}`, [name], (bytes = Buffer.alloc(0)) => bytes.subarray(0, bytes.length / 2)),
  ),
  ...plain.map((name) => file(`hole-${name}`, [name], zeroed)),
  ...plain.map((name) => file(`twice-${name}`, [name], (bytes) => joined(bytes, bytes))),
  ...["cbr128.mp3", "s16.flac", "aac.aac", "pcm_s16le.wav"].map((name) =>
    file(`tag-${name}`, [name], withTag),
  ),
  ...["cbr128.mp3", "aac.aac"].map((name) =>
    file(`junk-${name}`, [name], (bytes) => joined(junk(1_000), bytes)),
  ),
  ...["mp3", "flac", "wav", "ogg", "m4a", "webm"].map((name) =>
    file(`empty.${name}`, [], () => Buffer.alloc(0)),
  ),
  ...["s16.flac", "tags.opus", "plain.m4a", "pcm_s16le.wav"].map((name) =>
    file(`${extensionOf(name).slice(1)}-named.mp3`, [name], first),
  ),
  file("no-extension", ["tags.ogg"], first),
  file(`${"long ".repeat(40)}.mp3`, ["cbr128.mp3"], first),
  file("text.mp3", [], () => Buffer.from("This is a letter and no music.\n".repeat(300))),
  file("page.mp3", [], () => Buffer.from(`<!doctype html><title>404</title>${"<p>x</p>".repeat(500)}`)),
  file("noise.mp3", [], () => junk(50_000)),
  file("zeros.wav", [], () => Buffer.alloc(50_000)),
  file("44100-then-22050.mp3", ["libmp3lame-44100.mp3", "libmp3lame-22050.mp3"], joined),
  file("stereo-then-mono.mp3", ["cbr128.mp3", "libmp3lame-1ch.mp3"], joined),
  file("tag-in-the-middle.mp3", ["cbr128.mp3"], (bytes) => joined(bytes, id3(Buffer.from("Second")), bytes)),
  file("vorbis-then-opus.ogg", ["q0.ogg", "tags.opus"], joined),
  file("chain-of-rates.ogg", ["q0.ogg", "other.ogg"], joined),
  file("cp1251.mp3", ["no-header.mp3"], (bytes) =>
    joined(id3(Buffer.from("cff0e8e2e5f22c20ece8f020e820efe5f1edff", "hex")), bytes),
  ),
  file("utf8-as-latin1.mp3", ["no-header.mp3"], (bytes) => joined(id3(Buffer.from("Привет, мир")), bytes)),
  file("padded-tag.mp3", ["no-header.mp3"], (bytes) => joined(id3(Buffer.from("Padded"), 10_000), bytes)),
  file("two-tags.mp3", ["no-header.mp3"], (bytes) =>
    joined(id3(Buffer.from("One")), id3(Buffer.from("Two")), bytes),
  ),
  file("tag-at-the-end.mp3", ["no-header.mp3"], (bytes) => joined(bytes, id3v1("At the end"))),
  file("tag-at-the-end.flac", ["s16.flac"], (bytes) => joined(bytes, id3v1("At the end"))),
  file("junk-at-the-end.flac", ["s16.flac"], (bytes) => joined(bytes, junk(5_000))),
  file("zeros-at-the-end.mp3", ["no-header.mp3"], (bytes) => joined(bytes, Buffer.alloc(50_000))),
  file("data-0.wav", ["pcm_s16le.wav"], patched("data", 4, 0)),
  file("data-unknown.wav", ["pcm_s16le.wav"], patched("data", 4, 0xffff_ffff)),
  file("data-too-long.wav", ["pcm_s16le.wav"], patched("data", 4, 10_000_000)),
  file("data-too-short.wav", ["pcm_s16le.wav"], patched("data", 4, 96_000)),
  file("riff-0.wav", ["pcm_s16le.wav"], patched("RIFF", 4, 0)),
  file("chunk-in-front.wav", ["pcm_s16le.wav"], beforeData(Buffer.from("junk\x04\0\0\0abcd", "latin1"))),
  file("odd-chunk.wav", ["pcm_s16le.wav"], beforeData(Buffer.from("odd \x03\0\0\0abc\0", "latin1"))),
  file("foreign-data.wav", ["pcm_s16le.wav"], (bytes) => joined(bytes, Buffer.from("Made with love"))),
  file("odd-bytes.wav", ["pcm_s16le.wav"], (bytes = Buffer.alloc(0)) => bytes.subarray(0, bytes.length - 1)),
  file("no-length.flac", ["s16.flac"], (bytes) => {
    const copy = Buffer.from(bytes ?? []);
    // The total of samples and the checksum of the stream information.
    copy.fill(0, 8 + 14, 8 + 34);
    copy[8 + 13] = (copy[8 + 13] ?? 0) & 0xf0;
    return copy;
  }),
  file("no-index.m4a", ["plain.m4a"], (bytes = Buffer.alloc(0)) =>
    bytes.subarray(0, bytes.lastIndexOf("moov") - 4),
  ),
];
