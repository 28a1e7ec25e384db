import { maxTimerMs } from "@asterite/util";
import { describe, expect, it } from "vitest";
import { defaultQueuePlayerOptions, type QueuePlayerOptions, readPlayerOptions } from "./player-options.ts";

const read = (options: object) => readPlayerOptions(options as QueuePlayerOptions);

describe("readPlayerOptions", () => {
  it("fills in the defaults, also for options that are undefined", () => {
    expect(read({ retries: 0, gapless: undefined, leaveAfterIdleSeconds: undefined })).toEqual({
      ...defaultQueuePlayerOptions,
      retries: 0,
    });
  });

  it.each([
    ["crossfadeMs", 0, 15_000],
    ["preloadMs", 1_000, maxTimerMs],
    ["retries", 0, Number.MAX_SAFE_INTEGER],
    ["retryDelayMs", 0, 60_000],
    ["maxFailures", 1, Number.MAX_SAFE_INTEGER],
    ["healthyMs", 0, maxTimerMs],
    ["startTimeoutMs", 1, maxTimerMs],
    ["silenceMs", 1, maxTimerMs],
    ["autoplayTimeoutMs", 1, maxTimerMs],
    ["leaveAfterIdleSeconds", 0, maxTimerMs / 1_000],
    ["leaveAfterAloneSeconds", 0, maxTimerMs / 1_000],
  ])("accepts %s from %d to %d only", (name, min, max) => {
    for (const value of [min, max]) expect(() => read({ [name]: value })).not.toThrow();
    for (const value of [min - 1, max * 2, Number.NaN, "5"]) {
      expect(() => read({ [name]: value })).toThrow(`${name} is ${value}; allowed: ${min} to ${max}`);
    }
  });

  it.each(["radio", "gapless", "normalize"])("accepts a boolean for %s only", (name) => {
    expect(read({ [name]: true })).toMatchObject({ [name]: true });
    expect(() => read({ [name]: "yes" })).toThrow(`${name} is yes; allowed: a boolean`);
  });

  it.each(["autoplay", "debug"])("accepts a function for %s only", (name) => {
    expect(() => read({ [name]: () => [] })).not.toThrow();
    expect(() => read({ [name]: 5 })).toThrow(`${name} is 5; allowed: a function`);
  });

  it("names the options when one is unknown", () => {
    expect(() => read({ crossfade: 5 })).toThrow(
      /^option is crossfade; allowed: autoplay, .*crossfadeMs, debug/,
    );
  });
});
