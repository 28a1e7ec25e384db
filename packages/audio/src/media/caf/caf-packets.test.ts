import type { MediaFile } from "@asterite/testkit";
import { expect, it } from "vitest";
import {
  decodeAll,
  inPieces,
  liveBytes,
  maxDifference,
  mediaFile,
  memoryBytes,
} from "../media.test-support.ts";
import { mediaLimits } from "../media-limits.ts";
import { openMedia } from "../open-media.ts";
import { openReader } from "../open-reader.ts";
import { latin1 } from "../tags/tags.test-support.ts";
import { TrackError } from "../track-error.ts";

const int64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
};
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const chunk = (name: string, body: Buffer): Buffer => Buffer.concat([latin1(name), int64(body.length), body]);

/** A number in groups of seven bits. */
const groups = (value: number): number[] =>
  value < 128 ? [value] : [...groups(Math.floor(value / 128)).map((byte) => byte | 0x80), value & 0x7f];

/** Content of the box with a name, from the first byte after its version. */
function boxContent(file: Buffer, name: string): Buffer {
  const at = file.lastIndexOf(name);
  return file.subarray(at + 8, at - 4 + file.readUInt32BE(at - 4));
}

/** Puts the packets of a file into a CAF file. */
async function toCaf(
  name: MediaFile,
  codec: string,
  cookie: Buffer,
  order: "table first" | "table last" | "no table",
): Promise<{ readonly caf: Buffer; readonly length: number }> {
  const reader = await openReader(memoryBytes(mediaFile(name)), mediaLimits);
  const packets = [];
  for (let batch = await reader.read(); batch; batch = await reader.read()) packets.push(...batch.packets);
  const { sampleRate, channels } = reader.facts;
  const length = reader.length ?? 0;
  const rate = Buffer.alloc(8);
  rate.writeDoubleBE(sampleRate);
  const each = packets[0]?.samples ?? 0;
  const description = Buffer.concat([rate, latin1(codec), ...[0, 0, each, channels, 0].map(uint32)]);
  const head = [int64(packets.length), int64(length), uint32(-(packets[0]?.start ?? 0)), uint32(0)];
  const sizes = Buffer.from(packets.flatMap(({ data }) => groups(data.length)));
  const table = chunk("pakt", Buffer.concat([...head, sizes]));
  const data = chunk("data", Buffer.concat([uint32(0), ...packets.map((packet) => packet.data)]));
  const rest = order === "table first" ? [table, data] : order === "table last" ? [data, table] : [data];
  const start = [latin1("caff\0\x01\0\0"), chunk("desc", description), chunk("kuki", cookie)];
  return { caf: Buffer.concat([...start, ...rest]), length };
}

const esds = boxContent(Buffer.from(mediaFile("tones.m4a")), "esds");
const cookie = boxContent(Buffer.from(mediaFile("tones-alac.m4a")), "alac");
const wrapped = Buffer.concat([latin1("\0\0\0\x0cfrmaalac\0\0\0\x24alac\0\0\0\0"), cookie]);

it.each<[string, MediaFile, string, Buffer]>([
  ["AAC", "tones.m4a", "aac ", esds],
  ["ALAC", "tones-alac.m4a", "alac", cookie],
  ["ALAC with an old cookie", "tones-alac.m4a", "alac", wrapped],
  ["Opus", "tones.opus", "opus", Buffer.alloc(0)],
])("plays %s, with its exact length and from any place", async (_what, name, codec, kuki) => {
  for (const order of ["table first", "table last"] as const) {
    const { caf, length } = await toCaf(name, codec, kuki, order);
    const stream = await openMedia(memoryBytes(caf));
    const { sampleRate, durationMs } = stream.facts;
    expect(stream.facts).toMatchObject({ container: "caf", seekable: true, isDurationEstimated: false });
    expect(durationMs).toBe(Math.round((length * 1000) / sampleRate));
    const [expected, played] = [
      await decodeAll(await openMedia(memoryBytes(mediaFile(name)))),
      await decodeAll(stream),
    ];
    expect(played.channels[0]?.length).toBe(expected.channels[0]?.length);
    for (const [channel, samples] of expected.channels.entries())
      expect(maxDifference(played.channels[channel] ?? samples.subarray(0, 1), samples)).toBe(0);
    const positionMs = Math.round((durationMs ?? 0) * 0.41);
    await stream.seek(positionMs);
    const part = await decodeAll(stream);
    const from = Math.round((positionMs * sampleRate) / 1000);
    const rest = expected.channels[0]?.subarray(from) ?? new Float32Array(0);
    expect(part.channels[0]?.length).toBe(rest.length);
    const settled = codec === "opus" ? 4_800 : 0;
    const difference = maxDifference(part.channels[0]?.subarray(settled) ?? rest, rest.subarray(settled));
    expect(difference).toBeLessThan(codec === "opus" ? 0.05 : 1e-5);
    stream.close();
  }
});

it("plays a stream whose table precedes the packets, and refuses others", async () => {
  const first = await toCaf("tones.m4a", "aac ", esds, "table first");
  const stream = await openMedia(liveBytes(inPieces(first.caf)));
  expect((await decodeAll(stream)).channels[0]?.length).toBe(first.length);
  const last = await toCaf("tones.m4a", "aac ", esds, "table last");
  await expect(openMedia(liveBytes(inPieces(last.caf)))).rejects.toThrow(/no table/);
  const none = await toCaf("tones.m4a", "aac ", esds, "no table");
  await expect(openMedia(memoryBytes(none.caf))).rejects.toThrow(/no table/);
});

it("is not misled by a damaged table", async () => {
  const { caf } = await toCaf("tones.m4a", "aac ", esds, "table first");
  const at = caf.indexOf("pakt") + 12;
  for (const count of [-1n, 2n ** 62n]) {
    const damaged = Buffer.from(caf);
    damaged.writeBigInt64BE(count, at);
    const played = await openMedia(memoryBytes(damaged))
      .then(decodeAll)
      .catch((error: unknown) => error);
    expect(played instanceof TrackError || typeof played === "object").toBe(true);
  }
  const huge = Buffer.from(caf);
  huge.fill(0xff, at + 24, at + 40);
  await expect(openMedia(memoryBytes(huge)).then(decodeAll)).rejects.toThrow(TrackError);
});
