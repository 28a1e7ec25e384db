import { readFileSync } from "node:fs";
import { join } from "node:path";
import { oddMediaFolder } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { type DecodedTrack, decodeAll, memoryBytes } from "./media.test-support.ts";
import { openMedia } from "./open-media.ts";

const decode = async (name: string): Promise<DecodedTrack> =>
  decodeAll(await openMedia(memoryBytes(readFileSync(join(oddMediaFolder, name)))));

const decibels = (power: number): number => 10 * Math.log10(power);

/** Returns the level of the samples, and that of their second differences, which the high bands dominate. */
function levels(samples: Float32Array): readonly [all: number, high: number] {
  let [all, high] = [0, 0];
  for (let at = 2; at < samples.length; at++) {
    const [now = 0, before = 0, first = 0] = [samples[at], samples[at - 1], samples[at - 2]];
    all += now * now;
    high += (now - 2 * before + first) ** 2;
  }
  return [decibels(all / samples.length), decibels(high / samples.length)];
}

describe("HE-AAC", () => {
  it("in ADTS has twice the rate that its headers state, and its high bands", async () => {
    const track = await decode("he-aac.aac");
    expect(track.sampleRate).toBe(32_000);
    expect(track.channels.map((channel) => channel.length)).toEqual([69_632, 69_632]);
    const found = track.channels.map(levels);
    for (const [index, wanted] of [
      [-21.477, -17.57],
      [-22.1, -17.429],
    ].entries())
      for (const [part, level] of wanted.entries()) expect(found[index]?.[part]).toBeCloseTo(level, 1);
  });

  it("in MP4 is as long as what was encoded", async () => {
    const track = await decode("he-aac-mono.m4a");
    expect(track.sampleRate).toBe(44_100);
    // One channel is played on both sides, as any packet may bring parametric stereo.
    expect(track.channels.map((channel) => channel.length)).toEqual([3 * 44_100, 3 * 44_100]);
    expect(track.channels[1]).toEqual(track.channels[0]);
    // The header is in the packets before the first audible one.
    const [start = 0] = [levels(track.channels[0]?.subarray(0, 8_192) ?? new Float32Array())[1]];
    expect(start).toBeCloseTo(-24.722, 1);
  });

  it("plays the same after a seek", async () => {
    const whole = await decode("he-aac.aac");
    const stream = await openMedia(memoryBytes(readFileSync(join(oddMediaFolder, "he-aac.aac"))));
    await stream.seek(1_900);
    const part = await decodeAll(stream);
    const [all = new Float32Array(), some = new Float32Array()] = [whole.channels[0], part.channels[0]];
    const from = 1.9 * 32_000;
    // The sequence of noise depends on where decoding began.
    const [wanted, found] = [levels(all.subarray(from)), levels(some)];
    expect(some.length).toBe(all.length - from);
    expect(Math.abs(found[0] - wanted[0])).toBeLessThan(0.2);
    expect(Math.abs(found[1] - wanted[1])).toBeLessThan(1);
  });

  it("with parametric stereo has two channels that differ, also in MP4 that announces none of it", async () => {
    const track = await decode("he-aac-v2.m4a");
    expect(track.sampleRate).toBe(44_100);
    const [left = new Float32Array(), right = new Float32Array()] = track.channels;
    expect([left.length, right.length]).toEqual([96_256, 96_256]);
    const found = [left, right, left.map((sample, at) => sample - (right[at] ?? 0))].map(
      (line) => levels(line)[0],
    );
    for (const [index, level] of [-16.62, -16.57, -13.87].entries())
      expect(found[index]).toBeCloseTo(level, 1);
  });
});
