import { describe, expect, it } from "vitest";
import { PlaybackAttempt } from "./playback-attempt.ts";
import { ann, track } from "./queue.test-support.ts";

/** Creates an attempt at a track of 180 s, requested at the time 1 000. */
const attempt = (
  options: ConstructorParameters<typeof PlaybackAttempt>[2] = {},
  more = {},
): PlaybackAttempt => new PlaybackAttempt({ id: 1, track: track("a", more), requester: ann }, 1_000, options);

describe("again", () => {
  it("is resumed only if an earlier attempt had started", () => {
    const first = attempt();
    const second = first.again(2_000, { fromMs: 5, number: 2 });
    expect(second).toMatchObject({ fromMs: 5, number: 2, isResumed: false, key: first.key });
    second.recordStart(5, 3_000);
    const third = second.again(4_000, { fromMs: 6, number: 1 });
    expect([third.isResumed, third.again(5_000, third).isResumed]).toEqual([true, true]);
  });
});

describe("hasPlayed", () => {
  it("counts from the start or the last seek", () => {
    const played = attempt({ fromMs: 60_000 });
    expect([played.hasPlayed(1_000, 60_999), played.hasPlayed(1_000, 61_000)]).toEqual([false, true]);
    played.recordStart(null, 2_000);
    expect([played.hasPlayed(1_000, 60_999), played.hasPlayed(1_000, 61_000)]).toEqual([false, true]);
    played.recordStart(70_000, 2_000);
    expect(played.hasPlayed(1_000, 70_999)).toBe(false);
    played.recordSeek(0);
    expect([played.hasPlayed(1_000, 999), played.hasPlayed(1_000, 1_000)]).toEqual([false, true]);
  });
});

describe("hasLasted", () => {
  it("counts from the start until now", () => {
    const lasting = attempt();
    expect([lasting.hasLasted(500, 1_499), lasting.hasLasted(500, 1_500)]).toEqual([false, true]);
    lasting.recordStart(0, 5_000);
    expect([lasting.hasLasted(500, 5_499), lasting.hasLasted(500, 5_500)]).toEqual([false, true]);
  });

  it("does not count the time without a connection, however often it is lost again", () => {
    const lost = attempt();
    lost.recordLoss(1_400);
    lost.recordLoss(90_000);
    expect(lost.hasLasted(500, 100_000)).toBe(false);
    lost.recordReturn();
    expect(lost.hasLasted(500, 100_000)).toBe(true);
    lost.recordLoss(100_000);
    lost.recordStart(0, 200_000);
    expect([lost.hasLasted(500, 200_499), lost.hasLasted(500, 200_500)]).toEqual([false, true]);
  });
});

describe("faultOfEnd", () => {
  it("is LOAD_FAILED with the error of the node, if there is one", () => {
    const failed = attempt();
    expect(failed.faultOfEnd("LOAD_FAILED", 180_000, 9_000, false)).toEqual({
      code: "LOAD_FAILED",
      message: "the node could not load the track",
    });
    failed.error = "no such file";
    expect(failed.faultOfEnd("LOAD_FAILED", 0, 9_000, false)?.message).toBe("no such file");
  });

  it("ignores an error in the last two seconds", () => {
    const broken = attempt();
    broken.error = "broken pipe";
    expect(broken.faultOfEnd("FINISHED", 177_999, 9_000, false)).toEqual({
      code: "PLAYBACK_FAILED",
      message: "broken pipe",
    });
    expect(broken.faultOfEnd("FINISHED", 178_000, 9_000, false)).toBeUndefined();
    const live = attempt({}, { lengthMs: null });
    live.error = "broken pipe";
    expect(live.faultOfEnd("FINISHED", 10 ** 9, 9_000, false)?.code).toBe("PLAYBACK_FAILED");
  });

  it("rejects a looped track of less than a second, unless a user has skipped to its end", () => {
    const short = attempt();
    expect(short.faultOfEnd("FINISHED", 0, 1_999, false)).toBeUndefined();
    expect(short.faultOfEnd("FINISHED", 0, 1_999, true)?.message).toBe("the track ended immediately");
    expect(short.faultOfEnd("FINISHED", 0, 2_000, true)).toBeUndefined();
    short.recordSeek(180_000);
    expect(short.faultOfEnd("FINISHED", 0, 1_001, true)).toBeUndefined();
  });
});

describe("compare", () => {
  const expected = { positionMs: 60_000, absentMs: null, hasNext: false };

  it.each([
    [58_000, expected, "same"],
    [57_999, expected, "behind"],
    [170_000, expected, "same"],
    [57_999, { ...expected, hasNext: true }, "advanced"],
    [58_000, { ...expected, hasNext: true }, "same"],
    [100_000, { positionMs: 60_000, absentMs: 122_000, hasNext: true }, "same"],
    [100_000, { positionMs: 60_000, absentMs: 122_001, hasNext: true }, "advanced"],
    [100_000, { positionMs: 60_000, absentMs: 122_001, hasNext: false }, "same"],
  ] as const)("takes a node at %d, expected %j, for %s", (nodeMs, state, verdict) => {
    expect(attempt().compare(nodeMs, state)).toBe(verdict);
  });

  it("does not take a seek of a user for another track", () => {
    const sought = attempt();
    sought.recordSeek(60_000);
    expect(sought.compare(0, { ...expected, hasNext: true })).toBe("same");
  });
});

it("tolerates a deviation of two seconds in both directions", () => {
  const far = [57_999, 58_000, 62_000, 62_001].map((nodeMs) => attempt().isFarFrom(nodeMs, 60_000));
  expect(far).toEqual([true, false, false, true]);
});
