import { expect, it } from "vitest";
import { amplitude, decodeAll, memoryBytes } from "../media.test-support.ts";
import { oggPage } from "../ogg/ogg-page.test-support.ts";
import { openMedia } from "../open-media.ts";
import { OpusEncoder } from "../opus.ts";
import { loadOpus } from "../opus-library.ts";
import { latin1 } from "../tags/tags.test-support.ts";
import { TrackError } from "../track-error.ts";

const preSkip = 312;
const frames = 50;

/** Encodes a second of two tones, of which the left one may be on both sides. */
async function tones(left: number, right = left): Promise<Uint8Array[]> {
  const encoder = new OpusEncoder(await loadOpus(), { bitrate: 128_000, complexity: 5 });
  const packets = Array.from({ length: frames }, (_, frame) => {
    const samples = new Int16Array(1_920);
    for (let index = 0; index < 960; index++) {
      const phase = (2 * Math.PI * (960 * frame + index)) / 48_000;
      samples[2 * index] = 8_192 * Math.sin(left * phase);
      samples[2 * index + 1] = 8_192 * Math.sin(right * phase);
    }
    return encoder.encode(samples).slice();
  });
  encoder.close();
  return packets;
}

/** Joins the packets of several streams, all but the last one with its length (they contain one frame each). */
function joined(streams: readonly (readonly Uint8Array[])[], frame: number): Buffer {
  const parts = streams.map((packets, stream) => {
    const packet = packets[frame] ?? new Uint8Array(0);
    if ((packet[0] ?? 0) & 3) throw new Error("the packet has several frames");
    if (stream === streams.length - 1) return packet;
    const length = packet.length - 1;
    const first = length < 252 ? length : 252 + (length & 3);
    const more = length < 252 ? [] : [(length - first) / 4];
    return Buffer.concat([packet.subarray(0, 1), Buffer.from([first, ...more]), packet.subarray(1)]);
  });
  return Buffer.concat(parts);
}

function head(channels: number, family: number, table: readonly number[], gain = 0): Buffer {
  const bytes = Buffer.alloc(19);
  bytes.write("OpusHead\x01", "latin1");
  bytes.writeUInt8(channels, 9);
  bytes.writeUInt16LE(preSkip, 10);
  bytes.writeInt16LE(gain, 16);
  bytes.writeUInt8(family, 18);
  return Buffer.concat([bytes, Buffer.from(table)]);
}

const opusFile = (opusHead: Buffer, packets: readonly Uint8Array[]): Buffer =>
  Buffer.concat([
    oggPage(opusHead, 2, 0),
    oggPage(Buffer.concat([latin1("OpusTags"), Buffer.alloc(8)]), 0, 1),
    ...packets.map((packet, index) =>
      oggPage(packet, index === packets.length - 1 ? 4 : 0, index + 2, 960 * (index + 1)),
    ),
  ]);

/** Returns the loudest of these tones in each channel; undefined for silence. */
async function tonesOf(file: Buffer, known: readonly number[]): Promise<(number | undefined)[]> {
  const stream = await openMedia(memoryBytes(file));
  const { channels } = await decodeAll(stream);
  expect(channels.map(({ length }) => length)).toEqual(channels.map(() => 960 * frames - preSkip));
  await stream.seek(500);
  const part = await decodeAll(stream);
  expect(part.channels[0]?.length).toBe(960 * frames - preSkip - 24_000);
  stream.close();
  return channels.map((samples) =>
    known.find((tone) => amplitude(samples.subarray(9_600), tone, 48_000) > 0.15),
  );
}

it("plays the speakers of several streams in the order of all decoders", async () => {
  const streams = [await tones(300, 500), await tones(1_100, 1_300), await tones(700), await tones(60)];
  const packets = Array.from({ length: frames }, (_, frame) => joined(streams, frame));
  const known = [300, 500, 700, 60, 1_100, 1_300];
  // Vorbis order: left, centre, right, back left, back right, low.
  const table = [4, 2, 0, 4, 1, 2, 3, 5];
  expect(await tonesOf(opusFile(head(6, 1, table), packets), known)).toEqual(known);
  // Numbered channels keep their order; one of them is silent, and a stream has no channel.
  const numbered = [4, 2, 0, 255, 1, 2, 3];
  expect(await tonesOf(opusFile(head(5, 255, numbered), packets), known)).toEqual([
    300,
    undefined,
    500,
    1_100,
    1_300,
  ]);
});

it("passes on packets of one stream that needs no mapping", async () => {
  const packets = await tones(300, 500);
  for (const [family, table, type] of [
    [0, [], "opus"],
    [1, [1, 1, 0, 1], "opus"],
    [255, [1, 1, 1, 0], "pcm"],
  ] as const) {
    const stream = await openMedia(memoryBytes(opusFile(head(2, family, table), packets)));
    expect((await stream.read())?.type).toBe(type);
    stream.close();
  }
});

it("plays silence for a damaged packet", async () => {
  const streams = [await tones(300, 500), await tones(700)];
  const packets = Array.from({ length: frames }, (_, frame) => {
    const packet = joined(streams, frame);
    return frame === 20 ? packet.subarray(0, 20) : packet;
  });
  const stream = await openMedia(memoryBytes(opusFile(head(3, 1, [2, 1, 0, 2, 1]), packets)));
  const { channels } = await decodeAll(stream);
  expect(channels.map(({ length }) => length)).toEqual(channels.map(() => 960 * frames - preSkip));
  expect(channels[0]?.subarray(20 * 960, 21 * 960 - preSkip).every((sample) => sample === 0)).toBe(true);
});

it.each([
  ["channels without a mapping", head(6, 0, [])],
  ["more coupled streams than streams", head(3, 1, [1, 2, 0, 1, 2])],
  ["a channel beyond the streams", head(3, 1, [2, 1, 0, 3, 1])],
  ["a short table", head(3, 1, [2, 1, 0])],
  ["no streams", head(3, 1, [0, 0, 255, 255, 255])],
  ["more channels than are played", head(9, 255, [9, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8])],
  ["channels that are not those of speakers", head(4, 2, [4, 0, 0, 1, 2, 3])],
])("refuses %s", async (_name, opusHead) => {
  await expect(openMedia(memoryBytes(opusFile(opusHead, await tones(300))))).rejects.toThrow(TrackError);
});
