import { magnitudeAt, rms } from "@asterite/testkit";
import { describe, expect, test } from "vitest";
import { FilterConfiguration } from "../dsp/filter-configuration.ts";
import { randomBytes, toneWav } from "../media/fixtures.ts";
import type { MediaStream } from "../media/media-stream.ts";
import { openMedia } from "../media/open-media.ts";
import { OpusDecoder, OpusEncoder } from "../media/opus.ts";
import { loadOpus } from "../media/opus-library.ts";
import { DeckGauge } from "./deck-gauge.ts";
import { Desk } from "./desk.ts";
import { sampleRate } from "./frame.ts";
import type { PlayOrder } from "./messages.ts";

/**
 * A desk whose frames are taken as fast as they can be made: whatever was asked for is read before the next one
 * is taken, so that a frame that is missing is the desk's fault and not that of a busy machine.
 */
class UnhurriedDesk {
  readonly ended: number[] = [];
  readonly #desk: Desk;
  readonly #decoder: OpusDecoder;
  readonly #files: readonly Uint8Array[];
  #underWay = 0;

  private constructor(library: Awaited<ReturnType<typeof loadOpus>>, files: readonly Uint8Array[]) {
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
    this.#desk.command({
      ...{ type: "deck", player: 1, deck: null, stamp: 1, gauge: new DeckGauge().memory },
      settings: { volume: 100, paused: false, filters: new FilterConfiguration().values },
    });
  }

  /** A desk on which these files play one after the other. */
  static async playing(files: readonly Uint8Array[], order: Partial<PlayOrder> = {}): Promise<UnhurriedDesk> {
    const desk = new UnhurriedDesk(await loadOpus(), files);
    for (const generation of files.keys()) desk.#play(generation, order);
    return desk;
  }

  /** All that is heard from the first frame to the end of the last file, and how many frames were missing in it. */
  async hear(): Promise<{ readonly left: Float32Array; readonly missing: number }> {
    const left: number[] = [];
    let missing = 0;
    while (this.ended.length < this.#files.length) {
      do await new Promise(setImmediate);
      while (this.#underWay > 0);
      const packet = this.#desk.take();
      if (packet) left.push(...(this.#decoder.decode(packet)?.[0] ?? []));
      else if (left.length > 0) missing++;
    }
    return { left: Float32Array.from(left), missing };
  }

  #play(generation: number, order: Partial<PlayOrder>): void {
    this.#desk.command({
      ...{ type: "play", player: 1, deck: null, stamp: 2 + generation },
      order: {
        ...{ generation, startMs: 0, endMs: 0, crossfadeMs: 0, normalize: false, next: generation > 0 },
        ...order,
      },
    });
  }

  async #open(generation: number): Promise<MediaStream> {
    const bytes = randomBytes(this.#files[generation] ?? new Uint8Array());
    const media = await this.#waitFor(openMedia(bytes));
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

describe("tracks that follow each other", () => {
  test("leave no gap, whatever part of a frame the first one ends with", async () => {
    for (const seconds of [0.6, 0.61, 0.6137]) {
      const desk = await UnhurriedDesk.playing([toneWav(500, seconds), toneWav(500, seconds)]);
      const { left, missing } = await desk.hear();
      expect(missing).toBe(0);
      expect(desk.ended).toEqual([0, 1]);
      expect(left.length).toBe(Math.ceil((2 * seconds * 1_000) / 20) * 960);
      // A hundredth of a second of silence would stand out in any of these.
      for (const part of windows(left, 480).slice(10, 100)) expect(rms(part)).toBeGreaterThan(0.12);
    }
  });

  test("fade into each other at the same power, without a gap", async () => {
    const files = [toneWav(500, 1.5), toneWav(1_300, 1.5)];
    const desk = await UnhurriedDesk.playing(files, { crossfadeMs: 600 });
    const { left, missing } = await desk.hear();
    expect(missing).toBe(0);
    expect(left.length / sampleRate).toBeCloseTo(2.4, 1);
    for (const part of windows(left, 4_800).slice(1, -2)) expect(rms(part)).toBeCloseTo(0.25 / Math.SQRT2, 1);
    const both = left.subarray(53_000, 62_000);
    expect(magnitudeAt(both, 500)).toBeGreaterThan(0.1);
    expect(magnitudeAt(both, 1_300)).toBeGreaterThan(0.1);
  });
});
