import { readFileSync } from "node:fs";
import { mp3At48000 } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import type { LiveBytes } from "./byte-source.ts";
import {
  amplitude,
  decodeAll,
  inPieces,
  liveBytes,
  maxDifference,
  mediaFile,
  memoryBytes,
} from "./media.test-support.ts";
import { pageChecksum, pageLength } from "./ogg/page.ts";
import { openMedia } from "./open-media.ts";
import { readFacts } from "./read-facts.ts";
import { TrackError } from "./track-error.ts";

/** Yields pieces of a file, which is repeated endlessly. */
function* repeatForever(content: Uint8Array, pieceBytes = 4_000): Generator<Uint8Array> {
  for (;;) yield* inPieces(content, pieceBytes);
}

/** Returns a file from its first frame on, without leading tags. */
const framesOf = (name: "tones.mp3" | "tones.aac"): Uint8Array => {
  const bytes = mediaFile(name);
  const skip = name === "tones.mp3" ? 10 + (bytes[8] ?? 0) * 128 + (bytes[9] ?? 0) : 0;
  return bytes.subarray(skip);
};

const endless: readonly (readonly [string, Uint8Array])[] = [
  ["mp3", framesOf("tones.mp3")],
  ["adts", framesOf("tones.aac")],
  ["chained vorbis", mediaFile("tones.ogg")],
  ["chained opus", mediaFile("tones.opus")],
];

describe.each(endless)("endless %s", (_, content) => {
  it("plays without growing memory", async () => {
    let given = 0;
    function* counted() {
      for (const piece of repeatForever(content)) {
        given += piece.length;
        yield piece;
      }
    }
    const stream = await openMedia(liveBytes(counted(), { endless: true }));
    expect(stream.facts).toMatchObject({ seekable: false });
    // Opening does not run ahead.
    expect(given).toBeLessThan(64 * 1024);
    let seconds = 0;
    let bytesBefore = 0;
    while (seconds < 120) {
      const chunk = await stream.read();
      if (!chunk) throw new Error("the endless stream ended");
      if (chunk.type === "pcm") seconds += (chunk.channels[0]?.length ?? 0) / chunk.sampleRate;
      else for (const { samples, skip, trim } of chunk.packets) seconds += (samples - skip - trim) / 48_000;
      // The file is three seconds long, so the reader is never far ahead of the chunks that were read.
      expect(given - bytesBefore).toBeLessThan(80 * 1024);
      bytesBefore = given;
    }
    expect(given / content.length).toBeGreaterThan(120 / 3.2 - 2);
    expect(given / content.length).toBeLessThan(120 / 2.8 + 2);
    stream.close();
  });
});

it("plays a chain of different streams completely", async () => {
  const [vorbis, opus] = [mediaFile("tones.ogg"), mediaFile("tones.opus")];
  const stream = await openMedia(liveBytes([vorbis, opus, vorbis]));
  const parts: (readonly [kind: string, samples: number])[] = [];
  for (let chunk = await stream.read(); chunk; chunk = await stream.read()) {
    const samples =
      chunk.type === "pcm"
        ? (chunk.channels[0]?.length ?? 0)
        : chunk.packets.reduce((sum, packet) => sum + packet.samples - packet.skip - packet.trim, 0);
    const last = parts.at(-1);
    if (last?.[0] === chunk.type) parts[parts.length - 1] = [chunk.type, last[1] + samples];
    else parts.push([chunk.type, samples]);
  }
  expect(parts).toEqual([
    ["pcm", 132_300],
    ["opus", 144_000],
    ["pcm", 132_300],
  ]);
});

/** Returns a copy of an Ogg file whose pages have another serial number. */
function withSerial(content: Uint8Array, serial: number): Uint8Array {
  const bytes = Buffer.from(content);
  for (let at = 0; at < bytes.length; ) {
    const length = pageLength(bytes.subarray(at)) ?? bytes.length;
    bytes.writeUInt32LE(serial, at + 14);
    bytes.writeUInt32LE(pageChecksum(bytes.subarray(at, at + length)), at + 22);
    at += length;
  }
  return bytes;
}

it("plays a chain in a file whole, and from any position", async () => {
  const chain = Buffer.concat([mediaFile("tones.ogg"), withSerial(mediaFile("tones.opus"), 77)]);
  const facts = await readFacts(memoryBytes(chain));
  expect(facts).toMatchObject({ seekable: true, durationMs: 6_000, isDurationEstimated: false });
  const stream = await openMedia(memoryBytes(chain));
  const secondsFrom = async (positionMs?: number): Promise<number> => {
    if (positionMs !== undefined) await stream.seek(positionMs);
    let seconds = 0;
    for (let chunk = await stream.read(); chunk; chunk = await stream.read()) {
      seconds +=
        chunk.type === "pcm"
          ? (chunk.channels[0]?.length ?? 0) / chunk.sampleRate
          : chunk.packets.reduce((sum, { samples, skip, trim }) => sum + samples - skip - trim, 0) / 48_000;
    }
    return seconds;
  };
  expect(await secondsFrom()).toBeCloseTo(6, 5);
  for (const positionMs of [1_000, 4_500, 2_999, 3_001, 5_000, 0]) {
    expect(await secondsFrom(positionMs), `${positionMs} ms`).toBeCloseTo(6 - positionMs / 1_000, 2);
  }
});

it.each([
  "tones.mp3",
  "tones.flac",
  "tones.ogg",
  "tones.opus",
  "tones.wav",
  "tones-opus.webm",
  "tones.m4a",
] as const)(
  "decodes %s completely, with its tags, from a source that can only be read forwards",
  async (name) => {
    const whole = await decodeAll(await openMedia(memoryBytes(mediaFile(name))));
    const stream = await openMedia(liveBytes(inPieces(mediaFile(name), 777)));
    expect(stream.facts).toMatchObject({ seekable: false, author: "Asterite", album: "Test" });
    expect(await decodeAll(stream)).toEqual(whole);
    stream.close();
  },
);

it("starts with the next frame when joining radio within a frame", async () => {
  const bytes = mediaFile("tones.mp3").subarray(3_777);
  const { channels, sampleRate } = await decodeAll(await openMedia(liveBytes(inPieces(bytes))));
  const [left = new Float32Array(0)] = channels;
  expect(left.length % 1_152).toBe(0);
  expect(amplitude(left.subarray(11_025), 440, sampleRate)).toBeGreaterThan(0.23);
});

it("reports a truncated stream where it can be detected", async () => {
  const bytes = mediaFile("tones.opus");
  const stream = await openMedia(liveBytes(inPieces(bytes.subarray(0, bytes.length - 500))));
  await expect(decodeAll(stream)).rejects.toThrow(TrackError);
});

it("rethrows an error of the source unchanged", async () => {
  function* broken() {
    yield mediaFile("tones.mp3").subarray(0, 9_000);
    throw new TrackError("The connection was lost.", "SUSPICIOUS");
  }
  const stream = await openMedia(liveBytes(broken()));
  await expect(decodeAll(stream)).rejects.toThrow("The connection was lost.");
});

it("rejects a pending read and all later ones on close", async () => {
  let cancelled = 0;
  const source = liveBytes([]);
  const first = [mediaFile("tones.mp3").subarray(0, 12_000)];
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        const piece = first.pop();
        if (piece) return controller.enqueue(piece);
        // The rest of the file never arrives.
        return new Promise<void>(() => {});
      },
      cancel: () => void cancelled++,
    },
    { highWaterMark: 0 },
  );
  const media = await openMedia({ ...source, stream });
  const drained = decodeAll(media);
  await new Promise((resolve) => setImmediate(resolve));
  media.close();
  media.close();
  await expect(drained).rejects.toThrow(TrackError);
  await expect(media.read()).rejects.toThrow(TrackError);
  expect(cancelled).toBe(1);
});

describe.each(["tones.mp3", "tones.flac", "tones.opus", "tones-vorbis.webm"] as const)(
  "%s of a server without ranges",
  (name) => {
    const bytes = mediaFile(name);
    const open = (): LiveBytes =>
      liveBytes(inPieces(bytes), { length: bytes.length, reopen: () => Promise.resolve(open()) });

    it("is sought forwards by reading on, and backwards by reading again", async () => {
      const whole = await decodeAll(await openMedia(memoryBytes(bytes)));
      const stream = await openMedia(open());
      expect(stream.facts.seekable).toBe(true);
      for (const positionMs of [700, 1500, 400, 2000, 0]) {
        await stream.seek(positionMs);
        const part = await decodeAll(stream, positionMs === 1500 ? 10_000 : undefined);
        const from = Math.round((positionMs * whole.sampleRate) / 1_000);
        const expected = whole.channels[0]?.subarray(from) ?? new Float32Array(0);
        const [heard = new Float32Array(0)] = part.channels;
        if (positionMs !== 1500) expect(heard.length, `${positionMs} ms`).toBe(expected.length);
        expect(maxDifference(heard, expected.subarray(0, heard.length))).toBeLessThan(0.03);
      }
      stream.close();
    });
  },
);

it("estimates the length of an mp3 file of a server without ranges", async () => {
  const bytes = Buffer.concat([readFileSync(mp3At48000), readFileSync(mp3At48000)]);
  const facts = await readFacts(liveBytes(inPieces(bytes), { length: bytes.length }));
  expect(facts).toMatchObject({ isDurationEstimated: true, seekable: false });
  expect(Math.abs((facts.durationMs ?? 0) - 2064)).toBeLessThan(50);
});
