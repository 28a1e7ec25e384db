import { FilterConfiguration } from "@asterite/audio/dsp";
import type { MediaStream } from "@asterite/audio/media";
import { loadOpus, OpusDecoder, type OpusLibrary, openMedia } from "@asterite/audio/media";
import { dominantFrequency, magnitudeAt, rms } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { mediaFile, memoryBytes, toneWav } from "../../../audio/src/media/media.test-support.ts";
import { frameSamples, sampleRate } from "./frame.ts";
import type { DeckSettings, PlayCommand, Report } from "./messages.ts";
import { PlayerMixer } from "./player-mixer.ts";
import { SharedDeckStats } from "./shared-deck-stats.ts";

/** Decoded audio of a mixer at 48 kHz, and the number of frames missing in it. */
interface Recording {
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly missing: number;
}

const defaultSettings: DeckSettings = {
  volume: 100,
  paused: false,
  filters: new FilterConfiguration().values,
};

/** Address of the single player. */
const single = { player: 1, deck: null } as const;

/**
 * A mixer whose frames are pulled as fast as they can be made. All pending reads end before the next frame is
 * pulled, so that a missing frame is the mixer's fault and not that of a busy machine.
 */
class UnhurriedMixer {
  readonly opened: number[] = [];
  readonly ended: number[] = [];
  /** Length in ms that files are estimated to have, instead of their exact length. */
  estimateMs: number | undefined;
  readonly #mixer: PlayerMixer;
  readonly #decoder: OpusDecoder;
  readonly #files: readonly Uint8Array[];
  readonly #memory = new SharedDeckStats().memory;
  /** Files are opened after this promise, see {@link blockOpening}. */
  #openGate: Promise<void> | undefined;
  #pendingReads = 0;
  #revision = 0;

  private constructor(opus: OpusLibrary, files: readonly Uint8Array[]) {
    this.#files = files;
    this.#decoder = new OpusDecoder(opus);
    this.#mixer = new PlayerMixer(single.player, {
      settings: { opus: { bitrate: 128_000, complexity: 5 }, stuckThresholdMs: 10_000 },
      opus,
      opener: { open: async ({ generation }) => ({ media: await this.#open(generation), title: null }) },
      report: (report) => this.#handleReport(report),
    });
    this.configure({});
  }

  /** Creates a mixer that plays the first of these files. */
  static async playing(...files: readonly Uint8Array[]): Promise<UnhurriedMixer> {
    const mixer = new UnhurriedMixer(await loadOpus(), files);
    mixer.play(0);
    return mixer;
  }

  configure(settings: Partial<DeckSettings>): void {
    this.#mixer.execute({
      ...single,
      type: "configure",
      stats: this.#memory,
      settings: { ...defaultSettings, ...settings },
      revision: ++this.#revision,
    });
  }

  play(generation: number, options: Partial<PlayCommand> = {}): void {
    this.#mixer.execute({
      ...single,
      type: "play",
      command: {
        generation,
        startMs: 0,
        endMs: 0,
        crossfadeMs: 0,
        normalize: false,
        next: false,
        ...options,
      },
      revision: ++this.#revision,
    });
  }

  /** Blocks the opening of files. Returns a function that unblocks it. */
  blockOpening(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#openGate = promise;
    return () => {
      this.#openGate = undefined;
      resolve();
    };
  }

  /** Records a number of frames, counted from the first with audio, or until the last file ends. */
  async record(frames = Number.POSITIVE_INFINITY): Promise<Recording> {
    const [left, right]: [number[], number[]] = [[], []];
    let missing = 0;
    while (this.ended.length < this.#files.length && left.length < frames * frameSamples) {
      do await new Promise(setImmediate);
      while (this.#pendingReads > 0);
      const packet = this.#mixer.pullFrame();
      const decoded = packet && this.#decoder.decode(packet);
      if (decoded) {
        left.push(...decoded[0]);
        right.push(...decoded[1]);
      } else if (left.length > 0) {
        missing++;
      }
      while (this.#mixer.prepareFrame()) {}
    }
    return { left: Float32Array.from(left), right: Float32Array.from(right), missing };
  }

  #handleReport(report: Report): void {
    if (report.type === "exception") throw new Error(report.error.message);
    if (report.type === "ended") this.ended.push(report.generation);
  }

  async #open(generation: number): Promise<MediaStream> {
    this.opened.push(generation);
    await this.#openGate;
    const media = await this.#waitFor(openMedia(memoryBytes(this.#files[generation] ?? new Uint8Array())));
    return {
      facts:
        this.estimateMs === undefined
          ? media.facts
          : { ...media.facts, durationMs: this.estimateMs, isDurationEstimated: true },
      read: () => this.#waitFor(media.read()),
      seek: (positionMs) => this.#waitFor(media.seek(positionMs)),
      close: () => media.close(),
    };
  }

  async #waitFor<T>(promise: Promise<T>): Promise<T> {
    this.#pendingReads++;
    try {
      return await promise;
    } finally {
      this.#pendingReads--;
    }
  }
}

const windows = (samples: Float32Array, length: number): Float32Array[] =>
  Array.from({ length: Math.floor(samples.length / length) }, (_, index) =>
    samples.subarray(index * length, (index + 1) * length),
  );

/** Cuts off the frames that were prepared before a change, and those in which the codec adapts to it. */
const settled = (samples: Float32Array): Float32Array => samples.subarray(5 * frameSamples);

describe("queued track", () => {
  it("follows without a gap wherever in a frame the first track ends", async () => {
    for (const seconds of [0.6, 0.61, 0.6137]) {
      const mixer = await UnhurriedMixer.playing(toneWav(500, seconds), toneWav(500, seconds));
      mixer.play(1, { next: true });
      const { left, missing } = await mixer.record();
      expect(missing).toBe(0);
      expect(mixer.ended).toEqual([0, 1]);
      expect(left.length).toBe(Math.ceil((2 * seconds * 1_000) / 20) * frameSamples);
      // Each window is 10 ms: silence of that length would fail the test.
      for (const part of windows(left, 480).slice(10, 100)) expect(rms(part)).toBeGreaterThan(0.12);
    }
  });

  it("is opened ten seconds before the end of the first track, and not earlier", async () => {
    const mixer = await UnhurriedMixer.playing(toneWav(500, 10.5), toneWav(500, 0.1));
    mixer.play(1, { next: true });
    await mixer.record(20);
    expect(mixer.opened).toEqual([0]);
    await mixer.record(10);
    expect(mixer.opened).toEqual([0, 1]);
  });

  it.each([200, 5000])("follows the whole first track if its length is estimated as %i ms", async (ms) => {
    const mixer = await UnhurriedMixer.playing(toneWav(500, 1), toneWav(1_300, 1));
    mixer.estimateMs = ms;
    mixer.play(1, { next: true, crossfadeMs: 400 });
    const { left } = await mixer.record();
    expect(mixer.ended).toEqual([0, 1]);
    expect(magnitudeAt(left.subarray(sampleRate / 10, 0.9 * sampleRate), 500)).toBeCloseTo(0.25, 1);
    expect(left.length / sampleRate).toBeCloseTo(2, 1);
  });

  it("is crossfaded at constant power, without a gap", async () => {
    const mixer = await UnhurriedMixer.playing(toneWav(500, 1.5), toneWav(1_300, 1.5));
    mixer.play(1, { next: true, crossfadeMs: 600 });
    const { left, missing } = await mixer.record();
    expect(missing).toBe(0);
    expect(left.length / sampleRate).toBeCloseTo(2.4, 1);
    for (const part of windows(left, 4_800).slice(1, -2)) expect(rms(part)).toBeCloseTo(0.25 / Math.SQRT2, 1);
    const both = left.subarray(53_000, 62_000);
    expect(magnitudeAt(both, 500)).toBeGreaterThan(0.1);
    expect(magnitudeAt(both, 1_300)).toBeGreaterThan(0.1);
  });
});

it("continues the old track until the new one has audio when it is replaced with a crossfade", async () => {
  const mixer = await UnhurriedMixer.playing(toneWav(500, 3), toneWav(1_300, 1.2));
  await mixer.record(20);
  const unblock = mixer.blockOpening();
  mixer.play(1, { crossfadeMs: 400 });
  const before = await mixer.record(20);
  expect(before.missing).toBe(0);
  expect(magnitudeAt(settled(before.left), 500)).toBeCloseTo(0.25, 1);
  expect(magnitudeAt(settled(before.left), 1_300)).toBeLessThan(0.01);
  unblock();
  const { left, missing } = await mixer.record(40);
  expect(missing).toBe(0);
  expect(magnitudeAt(left.subarray(0, 4_800), 500)).toBeGreaterThan(0.15);
  expect(magnitudeAt(left.subarray(-9_600), 1_300)).toBeGreaterThan(0.2);
  expect(magnitudeAt(left.subarray(-9_600), 500)).toBeLessThan(0.05);
});

it("applies a volume after the two frames that were prepared before it", async () => {
  const mixer = await UnhurriedMixer.playing(mediaFile("tones.opus"));
  const before = rms(settled((await mixer.record(40)).left));
  expect(before).toBeCloseTo(0.25 / Math.SQRT2, 1);
  mixer.configure({ volume: 50 });
  const { left, missing } = await mixer.record(20);
  expect(missing).toBe(0);
  expect(rms(settled(left)) / before).toBeCloseTo(0.4169, 1);
});

it("applies and removes filters while a track plays", async () => {
  const mixer = await UnhurriedMixer.playing(mediaFile("tones.flac"));
  const filters = new FilterConfiguration();
  const expectTones = async (left: number, right: number): Promise<void> => {
    const recording = await mixer.record(30);
    expect(recording.missing).toBe(0);
    expect(dominantFrequency(settled(recording.left))).toBeCloseTo(left, -1);
    expect(dominantFrequency(settled(recording.right))).toBeCloseTo(right, -1);
  };
  await expectTones(440, 880);
  filters.update({ channelmix: { leftToLeft: 0, rightToRight: 0, leftToRight: 1, rightToLeft: 1 } });
  mixer.configure({ filters: filters.values });
  await expectTones(880, 440);
  filters.update({ channelmix: { leftToLeft: 1, rightToRight: 1, leftToRight: 0, rightToLeft: 0 } });
  mixer.configure({ filters: filters.values });
  await expectTones(440, 880);
});
