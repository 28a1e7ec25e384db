import { readFileSync } from "node:fs";
import { mp3At48000 } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { playDamagedCopy } from "../damage/damage.test-support.ts";
import {
  decodeAll,
  inPieces,
  liveBytes,
  maxDifference,
  mediaFile,
  memoryBytes,
  remoteBytes,
} from "../media.test-support.ts";
import { openMedia } from "../open-media.ts";
import { readFacts } from "../read-facts.ts";
import { sectionChecksum } from "./section.ts";
import { aacFrames, aacInTransport, mp3Frames, mp3InTransport } from "./transport.test-support.ts";

const decode = async (content: Uint8Array) => await decodeAll(await openMedia(memoryBytes(content)));
const aacDurationMs = Math.round((aacFrames.length * 1_024_000) / 44_100);

describe.each([
  ["packets of 188 bytes", {}],
  ["packets of 192 bytes", { packetBytes: 192 }],
  ["frames that cross PES packets", { framesPerPes: 1 }],
  ["presentation times that wrap around", { startSeconds: 2 ** 33 / 90_000 - 1 }],
  ["video in between", { videoPackets: 40 }],
] as const)("AAC in %s", (_name, packing) => {
  const content = aacInTransport(packing);

  it("has the format and length of its frames", async () => {
    for (const source of [memoryBytes(content), remoteBytes(content)]) {
      expect(await readFacts(source)).toMatchObject({
        container: "mpegts-adts",
        codec: "aac",
        sampleRate: 44_100,
        channels: 2,
        durationMs: aacDurationMs,
        isDurationEstimated: false,
        seekable: true,
      });
      expect(source.closed).toBe(1);
    }
  });

  it("decodes to the same samples as without a container, from a file and from a stream", async () => {
    const { channels } = await decode(mediaFile("tones.aac"));
    const streamed = await decodeAll(await openMedia(liveBytes(inPieces(content, 700))));
    for (const decoded of [await decode(content), streamed]) {
      expect(decoded.channels).toHaveLength(2);
      for (const [index, samples] of decoded.channels.entries())
        expect(maxDifference(samples, channels[index] ?? new Float32Array(0))).toBe(0);
    }
  });

  it("seeks accurately to the sample", async () => {
    const stream = await openMedia(memoryBytes(content));
    const whole = await decodeAll(stream);
    for (const positionMs of [2_500, 0, 997.3, 30, 2_990, 1_700]) {
      await stream.seek(positionMs);
      const part = await decodeAll(stream);
      const from = Math.round((positionMs * 44_100) / 1_000);
      for (const [channel, decoded] of part.channels.entries()) {
        const expected = whole.channels[channel]?.subarray(from) ?? new Float32Array(0);
        expect(maxDifference(decoded, expected), `${positionMs} ms`).toBeLessThan(1e-6);
      }
    }
    await stream.seek(100_000);
    expect(await stream.read()).toBeUndefined();
    stream.close();
  });
});

it("reads mp3, whose frames may begin anywhere in PES packets", async () => {
  const facts = await readFacts(memoryBytes(mp3InTransport()));
  expect(facts).toMatchObject({ container: "mpegts", codec: "mp3", sampleRate: 48_000 });
  expect(facts.durationMs).toBe(mp3Frames().length * 24);
  const [own, plain] = [await decode(mp3InTransport()), await decode(readFileSync(mp3At48000))];
  expect(
    maxDifference(own.channels[0] ?? new Float32Array(0), plain.channels[0] ?? new Float32Array(1)),
  ).toBe(0);
});

it.each([
  ["AC-3", { streamType: 0x81 }],
  ["E-AC-3", { streamType: 0x06, descriptors: Buffer.from([0x7a, 1, 0]) }],
  ["AC-3", { streamType: 0x06, descriptors: Buffer.from("\x05\x04AC-3", "latin1") }],
  ["encrypted AAC", { streamType: 0xcf }],
])("refuses %s by its name", async (name, packing) => {
  await expect(readFacts(memoryBytes(aacInTransport(packing)))).rejects.toMatchObject({
    name: "TrackError",
    message: `The audio codec ${name} is not supported.`,
    severity: "COMMON",
  });
});

it("refuses a stream without audio", async () => {
  await expect(readFacts(memoryBytes(aacInTransport({ streamType: 0x1b })))).rejects.toThrow(
    "The transport stream contains no audio.",
  );
});

it("refuses encrypted audio, but not one damaged packet", async () => {
  const encrypt = (from: number, to: number) => {
    const content = aacInTransport();
    for (let at = from * 188; at < to * 188; at += 188)
      if (content.readUInt16BE(at + 1) % 0x2000 === 0x101) content[at + 3] = (content[at + 3] ?? 0) | 0x80;
    return content;
  };
  await expect(readFacts(memoryBytes(encrypt(0, 100)))).rejects.toThrow("The transport stream is encrypted.");
  const { channels } = await decode(encrypt(40, 41));
  expect(channels[0]?.length ?? 0).toBeGreaterThan(44_100 * 2.8);
});

it("goes on after lost bytes and packets that were sent twice", async () => {
  const content = aacInTransport();
  const twice = Buffer.concat([...inPieces(content, 188)].flatMap((packet) => [packet, packet]));
  const { channels } = await decode(mediaFile("tones.aac"));
  expect((await decode(twice)).channels[0]).toEqual(channels[0]);
  const torn = Buffer.concat([content.subarray(0, 20_000), content.subarray(20_100)]);
  const left = (await decode(torn)).channels[0] ?? new Float32Array(0);
  expect(left.length).toBeGreaterThan(44_100 * 2.8);
});

it("reads the start of a long remote file only, and its end for the length", {
  timeout: 60_000,
}, async () => {
  const content = aacInTransport({}, Array.from({ length: 60 }, () => aacFrames).flat());
  const source = remoteBytes(content);
  expect((await readFacts(source)).durationMs).toBe(Math.round((60 * aacFrames.length * 1_024_000) / 44_100));
  expect(source.bytesRead).toBeLessThan(300 * 1024);
  const playing = remoteBytes(content);
  const stream = await openMedia(playing);
  await stream.read();
  expect(playing.bytesRead).toBeLessThan(150 * 1024);
  await stream.seek(100_000);
  const { channels } = await decodeAll(stream, 44_100);
  const [expected = new Float32Array(0)] = (await decodeAll(await openMedia(memoryBytes(content)))).channels;
  const from = 4_410_000;
  const [left = new Float32Array(0)] = channels;
  expect(maxDifference(left, expected.subarray(from, from + left.length))).toBeLessThan(1e-6);
  expect(playing.bytesRead).toBeLessThan(900 * 1024);
});

const damagedCopies = process.env["ASTERITE_LONG_TESTS"] ? 1_000 : 60;

it("plays or refuses damaged copies, without other effects", { timeout: 300_000 }, async () => {
  const endings = new Set<string>();
  for (const content of [aacInTransport(), mp3InTransport({ packetBytes: 192, videoPackets: 2 })])
    for (let seed = 0; seed < damagedCopies; seed++) endings.add(await playDamagedCopy(content, seed));
  expect([...endings].sort()).toEqual(["played", "refused"]);
});

it("computes checksums of sections", () => {
  expect(sectionChecksum(Buffer.from("123456789"))).toBe(0x0376e6e7);
});
