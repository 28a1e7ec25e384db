import { describe, expect, it } from "vitest";
import { frameChannels, frameSamples, sampleRate } from "./frame.ts";
import { MixLimiter } from "./mix-limiter.ts";

const frameLength = frameSamples * frameChannels;

/** Returns frames of a tone. */
const toneFrames = (count: number, amplitude: number): Int16Array[] =>
  Array.from({ length: count }, (_, frame) =>
    Int16Array.from({ length: frameLength }, (__, at) => {
      const sample = frame * frameSamples + (at >> 1);
      return Math.round(amplitude * 32_767 * Math.sin((2 * Math.PI * 440 * sample) / sampleRate));
    }),
  );

/** Returns the limited frames. */
function limit(frames: readonly Int16Array[], ceilingDb: number): Int16Array[] {
  const limiter = new MixLimiter({ ceilingDb });
  const limited: Int16Array[] = [];
  for (const frame of frames) {
    const samples = frame.slice();
    if (limiter.exchange(samples)) limited.push(samples);
  }
  const last = new Int16Array(frameLength);
  limiter.flush(last);
  return [...limited, last];
}

describe("MixLimiter", () => {
  it("returns a signal below the ceiling unchanged, with neither gap nor delay", () => {
    const frames = toneFrames(5, 0.4);
    expect(limit(frames, -6)).toEqual(frames);
  });

  it("keeps a louder signal below the ceiling, and as loud as that", () => {
    const limited = limit(toneFrames(10, 0.95), -6);
    expect(limited).toHaveLength(10);
    const peaks = limited.map((frame) => Math.max(...frame.map(Math.abs)));
    const ceiling = Math.round(32_768 * 10 ** (-6 / 20));
    expect(Math.max(...peaks)).toBeLessThanOrEqual(ceiling);
    expect(Math.min(...peaks)).toBeGreaterThan(0.9 * ceiling);
  });
});
