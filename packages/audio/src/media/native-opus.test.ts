import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { launch } from "@asterite/testkit";
import { describe, expect, it, vi } from "vitest";
import { CodecError } from "./codec-error.ts";
import { copyNativeOpus, withNativeEncoder } from "./native-opus.ts";
import { OpusDecoder, OpusEncoder } from "./opus.ts";
import { loadOpus, type OpusBuild } from "./opus-library.ts";

function makeCopy(): string {
  const path = copyNativeOpus();
  if (path === null) throw new Error("there is no native build for this platform");
  return path;
}

const copyFor = (build: OpusBuild): string | null => (build === "native" ? makeCopy() : null);

/** Two gliding tones with noise, quieter on the right. */
function music(frames: number): Int16Array {
  const samples = new Int16Array(frames * 1_920);
  let noise = 1;
  for (let index = 0; index < frames * 960; index++) {
    const time = index / 48_000;
    noise = (noise * 1_103_515_245 + 12_345) % 2 ** 31;
    const value =
      0.3 * Math.sin(2 * Math.PI * (220 * time + 30 * Math.sin(time))) +
      0.2 * Math.sin(2 * Math.PI * 1_310 * time) +
      0.05 * (noise / 2 ** 30 - 1);
    samples[2 * index] = 20_000 * value;
    samples[2 * index + 1] = 14_000 * value;
  }
  return samples;
}

/** Delay of the encoder in samples: 6.5 ms. */
const delay = 312;

/** Encodes samples with a library, and decodes the packets in WebAssembly. */
function throughOpus(library: Parameters<typeof withNativeEncoder>[0], complexity: number): Float32Array {
  const encoder = new OpusEncoder(library, { complexity });
  const decoder = new OpusDecoder(library);
  const samples = music(100);
  const decoded = new Float32Array(samples.length / 2);
  for (let frame = 0; frame < 100; frame++) {
    const packet = encoder.encode(samples.subarray(1_920 * frame, 1_920 * (frame + 1)));
    const left = decoder.decode(packet)?.[0];
    if (!left) throw new Error(`packet ${frame} is damaged`);
    decoded.set(left, 960 * frame);
  }
  encoder.close();
  decoder.close();
  return decoded;
}

const powerOf = (samples: Float32Array): number =>
  samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;

it.each([0, 5, 10])(
  "encodes the same audio natively as in WebAssembly, complexity %i",
  async (complexity) => {
    const wasm = await loadOpus();
    const native = withNativeEncoder(wasm, makeCopy());
    expect([wasm.build, native.build]).toEqual(["wasm", "native"]);
    const [one, other] = [throughOpus(wasm, complexity), throughOpus(native, complexity)];
    const difference = one.map((sample, index) => sample - (other[index] ?? 0));
    // The packets differ, as the two builds add numbers in another order.
    const decibels = (error: Float32Array): number => 10 * Math.log10(powerOf(error) / powerOf(one));
    expect(decibels(difference)).toBeLessThan(-40);
    // Both are equally near to the original, which the encoder delays.
    const original = music(100);
    const errors = [one, other].map((decoded) =>
      decibels(decoded.map((sample, index) => sample - (original[2 * (index - delay)] ?? 0) / 32_768)),
    );
    expect(errors[0]).toBeCloseTo(errors[1] ?? 0, 1);
  },
);

it("removes the copy when it is loaded", async () => {
  const path = makeCopy();
  expect(existsSync(path)).toBe(true);
  withNativeEncoder(await loadOpus(), path);
  expect(existsSync(path)).toBe(false);
});

it("explains why it cannot be loaded, and leaves nothing behind", () => {
  vi.stubEnv("TMPDIR", "/nowhere");
  try {
    expect(() => copyNativeOpus()).toThrow(
      new CodecError(
        "CODEC_UNAVAILABLE",
        "the native build of libopus cannot be loaded: ENOENT: no such file or directory, mkdtemp '/nowhere/asterite-opus-XXXXXX'",
      ),
    );
  } finally {
    vi.unstubAllEnvs();
  }
});

const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
/** Script of a thread that encodes the same samples endlessly, and sends the hash of each 100 packets. */
const endlessEncoder = `
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  (async () => {
    const { loadOpus } = await import(${url("./opus-library.ts")});
    const { withNativeEncoder } = await import(${url("./native-opus.ts")});
    const { OpusEncoder } = await import(${url("./opus.ts")});
    const { createHash } = process.getBuiltinModule("node:crypto");
    const { seed, copy } = workerData;
    const wasm = await loadOpus();
    const library = copy === null ? wasm : withNativeEncoder(wasm, copy);
    for (;;) {
      const encoder = new OpusEncoder(library, { complexity: 5 });
      const hash = createHash("sha256");
      const samples = new Int16Array(1920);
      for (let frame = 0; frame < 100; frame++) {
        for (let index = 0; index < 1920; index++) samples[index] = ((index * seed * (frame + 7)) % 9973) * 3;
        hash.update(encoder.encode(samples));
      }
      parentPort.postMessage(hash.digest("hex"));
      encoder.close();
    }
  })();`;

/** Returns the distinct hashes that a thread sends. */
async function hashesOf(seed: number, build: OpusBuild): Promise<readonly string[]> {
  const workerData = { seed, copy: copyFor(build) };
  const worker = new Worker(endlessEncoder, { eval: true, workerData });
  const hashes = new Set<string>();
  for (let count = 0; count < 10; count++)
    hashes.add(
      await new Promise<string>((resolve, reject) => worker.once("message", resolve).once("error", reject)),
    );
  await worker.terminate();
  return [...hashes];
}

// Threads that load the same file share one output buffer, and a segmentation fault ends the process after
// the only thread that had loaded it has ended.
describe.each(["native", "wasm"] as const)("the %s build", (build) => {
  it("encodes correctly in several threads at once", async () => {
    const alone = await hashesOf(3, build);
    const together = await Promise.all([3, 5, 7].map((seed) => hashesOf(seed, build)));
    expect(together.map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(together[0]).toEqual(alone);
    expect(new Set(together.flat()).size).toBe(3);
  });

  it("survives the termination of threads that encode", async () => {
    await using child = await launch({
      command: process.execPath,
      args: [
        "--conditions=@asterite/source",
        "--input-type=module",
        "--eval",
        `import { Worker } from "node:worker_threads";
         import { once } from "node:events";
         import { copyNativeOpus } from ${url("./native-opus.ts")};
         for (let round = 0; round < 8; round++) {
           const copy = ${JSON.stringify(build)} === "native" ? copyNativeOpus() : null;
           const worker = new Worker(${JSON.stringify(endlessEncoder)}, { eval: true, workerData: { seed: 3, copy } });
           await once(worker, "message");
           await worker.terminate();
         }
         console.log("alive");`,
      ],
      readyWhen: /^alive$/,
    });
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });
});

it("frees the encoders that are no longer used", async () => {
  await using child = await launch({
    command: process.execPath,
    args: [
      "--conditions=@asterite/source",
      "--expose-gc",
      "--input-type=module",
      "--eval",
      `import { setImmediate } from "node:timers/promises";
       import { copyNativeOpus, withNativeEncoder } from ${url("./native-opus.ts")};
       import { loadOpus } from ${url("./opus-library.ts")};
       const library = withNativeEncoder(await loadOpus(), copyNativeOpus());
       const samples = new Int16Array(1920);
       const use = async () => {
         for (let count = 0; count < 1000; count++) {
           library.encoder().encode(samples);
           if (count % 100 === 0) { gc(); await setImmediate(); }
         }
         return process.memoryUsage.rss() / 2 ** 20;
       };
       const before = await use();
       for (let round = 0; round < 3; round++) await use();
       console.log("grew by " + Math.round(await use() - before) + " MiB");`,
    ],
  });
  const [, grown] = /(-?\d+) MiB/.exec(await child.waitForLine(/^grew by/)) ?? [];
  // 4,000 encoders take more than 100 MiB.
  expect(Number(grown)).toBeLessThan(20);
});
