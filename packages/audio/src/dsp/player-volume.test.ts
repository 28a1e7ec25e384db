import { sharpestCorner, tone } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { PlayerVolume } from "./player-volume.ts";

const process = (volume: PlayerVolume, samples: readonly number[]): number[] => {
  const pcm = Int16Array.from(samples);
  volume.process(pcm, pcm.length / 2);
  return [...pcm];
};

describe("the volume curve", () => {
  it.each([
    [0, 0],
    [1, 0.0079],
    [10, 0.0791],
    [50, 0.4169],
    [99, 0.9934],
    [101, 1.0254],
    [150, 2.4621],
    [200, 3.2828],
    [1000, 16.414],
  ])("at %d percent is a factor of %d", (percent, factor) => {
    const samples = [1000, -1000, 1899, -1899, 7, -7];
    const expected = samples.map((sample) => Math.trunc((sample * Math.round(factor * 10_000)) / 10_000));
    // −0 is no 16-bit sample.
    expect(process(new PlayerVolume(percent), samples)).toEqual(expected.map((sample) => sample + 0));
  });

  it("passes samples unchanged at 100 percent", () => {
    const volume = new PlayerVolume(100);
    expect(volume.isNeutral).toBe(true);
    expect(process(volume, [32_767, -32_768, 12_345, -1])).toEqual([32_767, -32_768, 12_345, -1]);
  });

  it("clips to ±32767", () => {
    expect(process(new PlayerVolume(1000), [20_000, -20_000, 32_767, -32_768])).toEqual([
      32_767, -32_767, 32_767, -32_767,
    ]);
  });
});

describe("a volume change", () => {
  const wave = tone(440, 0.5, 10_000);
  const pcm = () => Int16Array.from({ length: 2 * wave.length }, (_, at) => wave[at >> 1] ?? 0);
  const left = (samples: Int16Array) => Float32Array.from(samples.filter((_, at) => at % 2 === 0));

  it.each([
    [100, 0],
    [0, 150],
    [30, 100],
    [100, 20],
  ])("from %d to %d percent does not click and is over after 20 ms", (from, to) => {
    const volume = new PlayerVolume(from);
    const samples = pcm();
    const blocks = Array.from({ length: 12 }, (_, block) =>
      samples.subarray(block * 1920, (block + 1) * 1920),
    );
    for (const [index, block] of blocks.entries()) {
      if (index === 4) volume.set(to);
      volume.process(block, 960);
    }
    expect(volume.isNeutral).toBe(to === 100);
    const steady = pcm().subarray(5 * 1920, 6 * 1920);
    new PlayerVolume(to).process(steady, 960);
    expect(blocks[5]).toEqual(steady);
    const loudest = [from, to].map((percent) => {
      const whole = pcm();
      new PlayerVolume(percent).process(whole, whole.length / 2);
      return sharpestCorner(left(whole));
    });
    expect(sharpestCorner(left(samples.subarray(0, 12 * 1920)))).toBeLessThan(Math.max(...loudest) + 60);
  });

  it("does not depend on the block length", () => {
    const [whole, parts] = [pcm(), pcm()];
    const one = new PlayerVolume(100);
    one.set(20);
    one.process(whole, whole.length / 2);
    const other = new PlayerVolume(100);
    other.set(20);
    for (let at = 0; at < parts.length; at += 2 * 77) {
      const part = parts.subarray(at, at + 2 * 77);
      other.process(part, part.length / 2);
    }
    expect(parts).toEqual(whole);
  });

  it("can reverse before it is complete", () => {
    const volume = new PlayerVolume(100);
    volume.set(0);
    process(volume, new Array(960).fill(1000));
    volume.set(100);
    const back = process(volume, new Array(1920).fill(10_000));
    expect(back[0]).toBeGreaterThan(4900);
    expect(back[0]).toBeLessThan(5100);
    expect(volume.isNeutral).toBe(true);
  });
});
