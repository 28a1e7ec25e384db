import { FilterConfiguration } from "@asterite/audio/dsp";
import type { MediaStream } from "@asterite/audio/media";
import { loadOpus, OpusDecoder, OpusEncoder, type OpusLibrary, openMedia } from "@asterite/audio/media";
import { dominantFrequency, magnitudeAt, rms } from "@asterite/testkit";
import { describe, expect, test } from "vitest";
import { mediaFile, randomBytes, toneWav } from "../../../audio/src/media/media.test-support.ts";
import { DeckGauge } from "./shared-deck-stats.ts";
import { Desk } from "./player-mixer.ts";
import { frameSamples, sampleRate } from "./frame.ts";
import type { DeckSettings, PlayOrder } from "./messages.ts";

/** What was heard of a desk: left and right at 48 kHz, and how many frames were missing between the others. */
interface Heard {
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly missing: number;
}

const plain: DeckSettings = { volume: 100, paused: false, filters: new FilterConfiguration().values };

/**
 * A desk whose frames are taken as fast as they can be made: whatever was asked for is read before the next one
 * is taken, so that a frame that is missing is the desk's fault and not that of a busy machine.
 */
class UnhurriedDesk {
  readonly opened: number[] = [];
  readonly ended: number[] = [];
  readonly #desk: Desk;
  readonly #decoder: OpusDecoder;
  readonly #files: readonly Uint8Array[];
  readonly #memory = new DeckGauge().memory;
  /** Files wait for it before they are opened. */
  #door: Promise<void> | null = null;
  #underWay = 0;
  #stamp = 0;

  private constructor(library: OpusLibrary, files: readonly Uint8Array[]) {
    this.#files = files;
    this.#decoder = new OpusDecoder(library);
    this.#desk = new Desk(10_000, library, {
      open: (_, generation) => this.#open(generation),
      encoder: () => new OpusEncoder(library, { complexity: 5 }),
      ended: (_, generation) => this.ended.push(generation),
      exception: (_, __, error) => {
        throw error;
      },
      stuck() {},
      sourceChanged() {},
      deckRemoved() {},
    });
    this.configure(plain);
  }

  /** A desk on which the first of these files plays. */
  static async playing(...files: readonly Uint8Array[]): Promise<UnhurriedDesk> {
    const desk = new UnhurriedDesk(await loadOpus(), files);
    desk.play(0);
    return desk;
  }

  configure(settings: Partial<DeckSettings>): void {
    this.#desk.command({
      ...{ type: "deck", player: 1, deck: null, stamp: ++this.#stamp, gauge: this.#memory },
      settings: { ...plain, ...settings },
    });
  }

  play(generation: number, order: Partial<PlayOrder> = {}): void {
    this.#desk.command({
      ...{ type: "play", player: 1, deck: null, stamp: ++this.#stamp },
      order: {
        ...{ generation, startMs: 0, endMs: 0, crossfadeMs: 0, normalize: false, next: false },
        ...order,
      },
    });
  }

  /** Keeps files from being opened, until what it gives is called. */
  shut(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#door = promise;
    return () => {
      this.#door = null;
      resolve();
    };
  }

  /** Listens from the first frame on to so many, or to the end of the last file. */
  async hear(frames = Number.POSITIVE_INFINITY): Promise<Heard> {
    const [left, right]: [number[], number[]] = [[], []];
    let missing = 0;
    while (this.ended.length < this.#files.length && left.length < frames * frameSamples) {
      do await new Promise(setImmediate);
      while (this.#underWay > 0);
      const packet = this.#desk.take();
      const decoded = packet && this.#decoder.decode(packet);
      if (decoded) {
        left.push(...decoded[0]);
        right.push(...decoded[1]);
      } else if (left.length > 0) {
        missing++;
      }
      while (this.#desk.prepare()) {}
    }
    return { left: Float32Array.from(left), right: Float32Array.from(right), missing };
  }

  async #open(generation: number): Promise<MediaStream> {
    this.opened.push(generation);
    await this.#door;
    const media = await this.#waitFor(openMedia(randomBytes(this.#files[generation] ?? new Uint8Array())));
    return {
      facts: media.facts,
      read: () => this.#waitFor(media.read()),
      seek: (positionMs) => this.#waitFor(media.seek(positionMs)),
      close: () => media.close(),
    };
  }

  async #waitFor<T>(promise: Promise<T>): Promise<T> {
    this.#underWay++;
    try {
      return await promise;
    } finally {
      this.#underWay--;
    }
  }
}

const windows = (samples: Float32Array, length: number): Float32Array[] =>
  Array.from({ length: Math.floor(samples.length / length) }, (_, index) =>
    samples.subarray(index * length, (index + 1) * length),
  );

/** What was heard behind the frames that had been made before, and what the codec needs to follow a change. */
const settled = (samples: Float32Array): Float32Array => samples.subarray(5 * frameSamples);

describe("tracks that follow each other", () => {
  test("leave no gap, whatever part of a frame the first one ends with", async () => {
    for (const seconds of [0.6, 0.61, 0.6137]) {
      const desk = await UnhurriedDesk.playing(toneWav(500, seconds), toneWav(500, seconds));
      desk.play(1, { next: true });
      const { left, missing } = await desk.hear();
      expect(missing).toBe(0);
      expect(desk.ended).toEqual([0, 1]);
      expect(left.length).toBe(Math.ceil((2 * seconds * 1_000) / 20) * frameSamples);
      // A hundredth of a second of silence would stand out in any of these.
      for (const part of windows(left, 480).slice(10, 100)) expect(rms(part)).toBeGreaterThan(0.12);
    }
  });

  test("are opened ten seconds before their turn, and not sooner", async () => {
    const desk = await UnhurriedDesk.playing(toneWav(500, 10.5), toneWav(500, 0.1));
    desk.play(1, { next: true });
    await desk.hear(20);
    expect(desk.opened).toEqual([0]);
    await desk.hear(10);
    expect(desk.opened).toEqual([0, 1]);
  });

  test("fade into each other at the same power, without a gap", async () => {
    const desk = await UnhurriedDesk.playing(toneWav(500, 1.5), toneWav(1_300, 1.5));
    desk.play(1, { next: true, crossfadeMs: 600 });
    const { left, missing } = await desk.hear();
    expect(missing).toBe(0);
    expect(left.length / sampleRate).toBeCloseTo(2.4, 1);
    for (const part of windows(left, 4_800).slice(1, -2)) expect(rms(part)).toBeCloseTo(0.25 / Math.SQRT2, 1);
    const both = left.subarray(53_000, 62_000);
    expect(magnitudeAt(both, 500)).toBeGreaterThan(0.1);
    expect(magnitudeAt(both, 1_300)).toBeGreaterThan(0.1);
  });
});

test("a track that is put in the place of another with a fade lets it go on until it has come", async () => {
  const desk = await UnhurriedDesk.playing(toneWav(500, 3), toneWav(1_300, 1.2));
  await desk.hear(20);
  const open = desk.shut();
  desk.play(1, { crossfadeMs: 400 });
  const before = await desk.hear(20);
  expect(before.missing).toBe(0);
  expect(magnitudeAt(settled(before.left), 500)).toBeCloseTo(0.25, 1);
  expect(magnitudeAt(settled(before.left), 1_300)).toBeLessThan(0.01);
  open();
  const { left, missing } = await desk.hear(40);
  expect(missing).toBe(0);
  expect(magnitudeAt(left.subarray(0, 4_800), 500)).toBeGreaterThan(0.15);
  expect(magnitudeAt(left.subarray(-9_600), 1_300)).toBeGreaterThan(0.2);
  expect(magnitudeAt(left.subarray(-9_600), 500)).toBeLessThan(0.05);
});

test("a volume is heard behind the two frames that were made before it was set", async () => {
  const desk = await UnhurriedDesk.playing(mediaFile("tones.opus"));
  const before = rms(settled((await desk.hear(40)).left));
  expect(before).toBeCloseTo(0.25 / Math.SQRT2, 1);
  desk.configure({ volume: 50 });
  const { left, missing } = await desk.hear(20);
  expect(missing).toBe(0);
  expect(rms(settled(left)) / before).toBeCloseTo(0.4169, 1);
});

test("filters change while the track plays, and back", async () => {
  const desk = await UnhurriedDesk.playing(mediaFile("tones.flac"));
  const filters = new FilterConfiguration();
  const listen = async (left: number, right: number): Promise<void> => {
    const heard = await desk.hear(30);
    expect(heard.missing).toBe(0);
    expect(dominantFrequency(settled(heard.left))).toBeCloseTo(left, -1);
    expect(dominantFrequency(settled(heard.right))).toBeCloseTo(right, -1);
  };
  await listen(440, 880);
  filters.update({ channelmix: { leftToLeft: 0, rightToRight: 0, leftToRight: 1, rightToLeft: 1 } });
  desk.configure({ filters: filters.values });
  await listen(880, 440);
  filters.update({ channelmix: { leftToLeft: 1, rightToRight: 1, leftToRight: 0, rightToLeft: 0 } });
  desk.configure({ filters: filters.values });
  await listen(440, 880);
});
