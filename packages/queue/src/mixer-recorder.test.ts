import { Player } from "@asterite/andesite/advanced";
import { describe, expect, it } from "vitest";
import { isMixerSnapshot, MixerRecorder } from "./mixer-recorder.ts";

const frame = { loss: 0, success: 3_000, usable: true };

/** Returns a player as a node reports it, with the positions of its mixer players in ms; null for no track. */
function report(positions: Readonly<Record<string, number | null>>, mixerEnabled = false): Player {
  const mixer = Object.entries(positions).map(([id, position]) => {
    const state = { time: `${Date.now()}`, position, paused: true, volume: 70, filters: {}, frame };
    return [id, state] as const;
  });
  const common = { time: `${Date.now()}`, position: 0, paused: false, volume: 100, filters: {}, frame };
  return Player.fromRaw({ ...common, mixer: Object.fromEntries(mixer), mixerEnabled });
}

function recorder(...sent: readonly object[]): MixerRecorder {
  const mixer = new MixerRecorder();
  for (const payload of sent) mixer.recordSent({ ...payload });
  return mixer;
}

const play = (id: string, fields: object = {}) => ({
  players: { [id]: { track: `track ${id}`, ...fields } },
});

describe("the mixer of the sent operations", () => {
  it("has the tracks with their settings, without noReplace and position", () => {
    const mixer = recorder(play("a", { start: 5, volume: 50, noReplace: true, position: 7 }), play("b"));
    expect(mixer.toSnapshot()).toEqual({
      players: { a: { track: "track a", start: 5, volume: 50 }, b: { track: "track b" } },
    });
  });

  it("merges updates into the settings of their track, and moves the start to their position", () => {
    const [tremolo, volume] = [{ frequency: 4 }, { volume: 2 }];
    const mixer = recorder(
      play("a", { start: 5, volume: 50, filters: { tremolo } }),
      { players: { a: { pause: true, filters: { volume } } } },
      { players: { a: { position: 9 } } },
    );
    expect(mixer.toSnapshot()).toEqual({
      players: {
        a: { track: "track a", start: 9, volume: 50, pause: true, filters: { tremolo, volume } },
      },
    });
    mixer.recordSent({ players: { a: { volume: 60 } } });
    expect(mixer.toSnapshot()?.players["a"]).toMatchObject({ start: 9, volume: 60 });
  });

  it("forgets the settings of a track that another one replaces", () => {
    const mixer = recorder(play("a", { volume: 50, filters: { volume: { volume: 2 } } }), play("a"));
    expect(mixer.toSnapshot()).toEqual({ players: { a: { track: "track a" } } });
  });

  it("leaves out players that were stopped, or that have no track", () => {
    const mixer = recorder(play("a"), { players: { a: { track: null }, b: { volume: 50 }, c: 5 } });
    expect([mixer.isEmpty, mixer.toSnapshot()]).toEqual([true, undefined]);
  });

  it("has the switch that was sent last, or else the one that the node reports", () => {
    const mixer = recorder(play("a"), { enable: true });
    mixer.recordReport(report({}));
    expect(mixer.toSnapshot()?.enable).toBe(true);
    mixer.recordSent({ enable: null, players: null });
    expect(mixer.toSnapshot()?.enable).toBe(true);
    const reported = recorder(play("a"));
    reported.recordReport(null);
    expect(reported.toSnapshot()).not.toHaveProperty("enable");
    reported.recordReport(report({}, true));
    expect(reported.toSnapshot()?.enable).toBe(true);
  });

  it("is empty after the player was destroyed", () => {
    const mixer = recorder({ enable: true, ...play("a") });
    mixer.clear();
    expect([mixer.isEmpty, mixer.toSnapshot()]).toEqual([true, undefined]);
    mixer.recordSent(play("b"));
    expect(mixer.toSnapshot()).not.toHaveProperty("enable");
  });
});

describe("the mixer at its present positions", () => {
  it("starts where the node reports a track, with the volume and pause that it reports", () => {
    const mixer = recorder(play("a", { start: 5, volume: 50 }), play("b", { start: 6 }));
    mixer.recordReport(report({ a: 12_000 }));
    expect(mixer.toSnapshot()?.players).toEqual({
      a: { track: "track a", start: 12_000, volume: 70, pause: true },
      b: { track: "track b", start: 6 },
    });
  });

  it("starts before the end of the track's part", () => {
    const mixer = recorder(play("a", { end: 10_000 }));
    mixer.recordReport(report({ a: 12_000 }));
    expect(mixer.toSnapshot()?.players["a"]).toMatchObject({ start: 9_999, end: 10_000 });
  });

  it("leaves out tracks that have ended", () => {
    const mixer = recorder(play("a"), play("b"));
    mixer.recordReport(report({ a: null, b: 1_000 }));
    expect(Object.keys(mixer.toSnapshot()?.players ?? {})).toEqual(["b"]);
  });
});

describe("isMissingIn", () => {
  it("is true for a node that has none of the recorded players", () => {
    const mixer = recorder(play("a"), play("b"));
    expect([
      mixer.isMissingIn(null),
      mixer.isMissingIn(report({})),
      mixer.isMissingIn(report({ c: 0 })),
    ]).toEqual([true, true, true]);
    expect(mixer.isMissingIn(report({ b: null }))).toBe(false);
    expect(recorder().isMissingIn(null)).toBe(false);
  });
});

it("continues from a snapshot", () => {
  const snapshot = recorder({ enable: false, ...play("a", { start: 5 }) }).toSnapshot();
  expect(new MixerRecorder(snapshot).toSnapshot()).toEqual({
    enable: false,
    players: { a: { track: "track a", start: 5 } },
  });
});

it("accepts snapshots that can be sent, and no others", () => {
  const accepted = [{ players: {} }, { enable: true, players: { a: { track: "QAAA" } } }];
  expect(accepted.map(isMixerSnapshot)).toEqual([true, true]);
  const wrong = [null, 5, [], { players: 5 }, { players: { a: { track: 5 } } }, { enable: 1, players: {} }];
  expect(wrong.map(isMixerSnapshot)).toEqual(wrong.map(() => false));
});
