import { Worker } from "node:worker_threads";
import { launch } from "@asterite/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { CodecError } from "./codec-error.ts";
import { amplitude } from "./media.test-support.ts";
import { OpusDecoder, OpusEncoder } from "./opus.ts";
import { loadOpus } from "./opus-library.ts";
import { isOpusFrame, opusPacketSamples } from "./opus-packet.ts";

/** 20 ms of 440 Hz on the left and 880 Hz on the right. */
function tones(frame: number): Int16Array {
  const samples = new Int16Array(1_920);
  for (let index = 0; index < 960; index++) {
    const phase = (2 * Math.PI * 440 * (frame * 960 + index)) / 48_000;
    samples[2 * index] = 8_192 * Math.sin(phase);
    samples[2 * index + 1] = 8_192 * Math.sin(2 * phase);
  }
  return samples;
}

it("reads the length of a packet from its first bytes", () => {
  // Configuration 31 is CELT of 20 ms, 28 of 2.5 ms; 3 is SILK of 60 ms, 13 hybrid of 20 ms.
  expect(opusPacketSamples(Uint8Array.of(31 << 3))).toBe(960);
  expect(opusPacketSamples(Uint8Array.of((31 << 3) | 1))).toBe(1_920);
  expect(opusPacketSamples(Uint8Array.of((28 << 3) | 3, 5))).toBe(600);
  expect(opusPacketSamples(Uint8Array.of(3 << 3))).toBe(2_880);
  expect(opusPacketSamples(Uint8Array.of(13 << 3))).toBe(960);
  // More than 120 ms, and nothing at all.
  expect(opusPacketSamples(Uint8Array.of((3 << 3) | 3, 3))).toBe(0);
  expect(opusPacketSamples(new Uint8Array(0))).toBe(0);
});

it("passes a packet through only if all its 20 ms are audible", () => {
  expect(isOpusFrame({ samples: 960, skip: 0, trim: 0 })).toBe(true);
  expect(isOpusFrame({ samples: 960, skip: 312, trim: 0 })).toBe(false);
  expect(isOpusFrame({ samples: 960, skip: 0, trim: 1 })).toBe(false);
  expect(isOpusFrame({ samples: 480, skip: 0, trim: 0 })).toBe(false);
});

it("encodes and decodes tones", async () => {
  const library = await loadOpus();
  const encoder = new OpusEncoder(library, {
    bitrate: 96_000,
    complexity: 5,
    fec: true,
    packetLossPercent: 10,
  });
  const decoder = new OpusDecoder(library);
  const louder = new OpusDecoder(library, 6.0206);
  const [left, right, twice]: [number[], number[], number[]] = [[], [], []];
  for (let frame = 0; frame < 50; frame++) {
    const data = encoder.encode(tones(frame));
    expect(opusPacketSamples(data)).toBe(960);
    const [a, b] = decoder.decodeAudible({ data, samples: 960, skip: frame === 0 ? 312 : 0, trim: 0 });
    left.push(...a);
    right.push(...b);
    twice.push(...(louder.decode(data)?.[0] ?? []));
  }
  expect(left.length).toBe(50 * 960 - 312);
  expect(amplitude(Float32Array.from(left).subarray(9_600), 440, 48_000)).toBeCloseTo(0.25, 1);
  expect(amplitude(Float32Array.from(right).subarray(9_600), 880, 48_000)).toBeCloseTo(0.25, 1);
  expect(amplitude(Float32Array.from(twice).subarray(9_600), 440, 48_000)).toBeCloseTo(0.5, 1);
});

it("keeps the bit rate", async () => {
  const library = await loadOpus();
  const bytesAt = (bitrate: number): number => {
    const encoder = new OpusEncoder(library, { bitrate });
    let bytes = 0;
    for (let frame = 0; frame < 50; frame++) bytes += encoder.encode(tones(frame)).length;
    return bytes;
  };
  expect(bytesAt(24_000)).toBeLessThan(bytesAt(160_000) / 3);
});

it("reports a damaged packet, and conceals it with the right length", async () => {
  const decoder = new OpusDecoder(await loadOpus());
  expect(decoder.decode(new Uint8Array(0))).toBeUndefined();
  expect(decoder.decode(Uint8Array.of(0xff, 0xff, 0xff))).toBeUndefined();
  const [left] = decoder.decodeAudible({
    data: Uint8Array.of(0xff, 0xff, 0xff),
    samples: 960,
    skip: 100,
    trim: 60,
  });
  expect(left).toEqual(new Float32Array(800));
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (packet) => {
      const decoded = decoder.decode(packet);
      if (decoded) expect(decoded[0].length).toBe(opusPacketSamples(packet));
    }),
    { numRuns: 300 },
  );
});

it("names an invalid option", async () => {
  const library = await loadOpus();
  for (const options of [{ bitrate: 5_999 }, { complexity: 11 }, { packetLossPercent: 0.5 }])
    expect(() => new OpusEncoder(library, options)).toThrow(CodecError);
  expect(() => new OpusEncoder(library).encode(new Int16Array(14))).toThrow(RangeError);
});

const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
/** Script of a thread that encodes the same samples endlessly, and sends the hash of each 100 packets. */
const endlessEncoder = `
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  (async () => {
    const { loadOpus } = await import(${url("./opus-library.ts")});
    const { OpusEncoder } = await import(${url("./opus.ts")});
    const { createHash } = process.getBuiltinModule("node:crypto");
    const library = await loadOpus();
    for (;;) {
      const encoder = new OpusEncoder(library, { complexity: 5 });
      const hash = createHash("sha256");
      const samples = new Int16Array(1920);
      for (let frame = 0; frame < 100; frame++) {
        for (let index = 0; index < 1920; index++) samples[index] = ((index * workerData * (frame + 7)) % 9973) * 3;
        hash.update(encoder.encode(samples));
      }
      parentPort.postMessage(hash.digest("hex"));
    }
  })();`;

// The native build fails this and the next test: its threads share one output buffer, and a segmentation
// fault ends the process after such a thread has ended.
it("encodes correctly in several threads at once", async () => {
  const seeds = [3, 5];
  const hashesBySeed = await Promise.all(
    seeds.map(async (seed) => {
      const worker = new Worker(endlessEncoder, { eval: true, workerData: seed });
      const hashes: string[] = [];
      for (;;) {
        hashes.push(
          await new Promise<string>((resolve, reject) =>
            worker.once("message", resolve).once("error", reject),
          ),
        );
        if (hashes.length === 10) break;
      }
      await worker.terminate();
      return new Set(hashes);
    }),
  );
  expect(hashesBySeed.map(({ size }) => size)).toEqual([1, 1]);
  expect(hashesBySeed[0]).not.toEqual(hashesBySeed[1]);
});

it("survives the termination of a thread that encodes", async () => {
  await using child = await launch({
    command: process.execPath,
    args: [
      "--conditions=@asterite/source",
      "--input-type=module",
      "--eval",
      `import { Worker } from "node:worker_threads";
       import { once } from "node:events";
       for (let round = 0; round < 5; round++) {
         const worker = new Worker(${JSON.stringify(endlessEncoder)}, { eval: true, workerData: 3 });
         await once(worker, "message");
         await worker.terminate();
       }
       console.log("alive");`,
    ],
    readyWhen: /^alive$/,
  });
  expect(await child.exited).toEqual({ code: 0, signal: null });
});
