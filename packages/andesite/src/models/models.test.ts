import { afterEach, describe, expect, it, vi } from "vitest";
import { MalformedDataError } from "../errors.ts";
import { AndesiteError, AndesiteException } from "./errors.ts";
import { Player } from "./player.ts";
import { Stats } from "./stats.ts";
import { LoadedTrack, TrackInfo } from "./tracks.ts";

const now = 1_700_000_000_000;

describe("players", () => {
  afterEach(() => void vi.useRealTimers());

  const raw = {
    time: now,
    position: 2_500,
    paused: false,
    volume: 150,
    filters: { volume: { volume: 2, enabled: true }, tremolo: { frequency: 3, depth: 0.25, enabled: false } },
    mixer: {
      bg: {
        time: String(now),
        position: null,
        paused: true,
        volume: 50,
        filters: {},
        frame: { loss: 1, success: 2, usable: true },
      },
    },
    mixerEnabled: true,
    frame: { loss: 0, success: 3_000, usable: true },
    destroyed: false,
  };

  it("use seconds and factors", () => {
    const player = Player.fromRaw(raw);
    expect(player).toMatchObject({
      time: new Date(now),
      position: 2.5,
      volume: 1.5,
      paused: false,
      mixerEnabled: true,
      destroyed: false,
      frame: raw.frame,
    });
    expect(player.filters.volume.volume).toBe(2);
    const { bg } = player.mixer;
    expect(bg).toMatchObject({ time: new Date(now), position: null, volume: 0.5, livePosition: null });
  });

  it("are equal after storing and reading them", () => {
    const player = Player.fromRaw(raw);
    const stored = JSON.parse(JSON.stringify(player.toRaw()));
    expect(stored).toEqual({ ...raw, mixer: { bg: { ...raw.mixer.bg, time: now } } });
    expect(Player.fromRaw(stored)).toEqual(player);
  });

  it("compute the live position", () => {
    vi.useFakeTimers({ now: now + 1_500 });
    expect(Player.fromRaw(raw).livePosition).toBe(4);
    expect(Player.fromRaw({ ...raw, position: 0 }).livePosition).toBe(1.5);
    expect(Player.fromRaw({ ...raw, paused: true }).livePosition).toBe(2.5);
    expect(Player.fromRaw({ ...raw, position: null }).livePosition).toBe(null);
    vi.setSystemTime(now - 60_000);
    expect(Player.fromRaw(raw).livePosition).toBe(0);
  });

  it("have defaults for missing fields, and the time of receipt", () => {
    vi.useFakeTimers({ now });
    const empty = { time: new Date(now), position: null, volume: 1, paused: false, mixer: {} };
    expect(Player.fromRaw({})).toMatchObject(empty);
    expect(Player.fromRaw({ time: 1e300 })).toMatchObject(empty);
    expect(() => Player.fromRaw({ volume: "x" })).toThrow(MalformedDataError);
    expect(() => Player.fromRaw({ volume: "x" })).toThrow(expect.objectContaining({ field: "volume" }));
  });
});

describe("errors", () => {
  const raw = {
    class: "outer",
    message: "it broke",
    stack: [
      {
        classLoader: "app",
        moduleName: "java.base",
        moduleVersion: "17",
        className: "a.B",
        methodName: "c",
        fileName: "B.java",
        lineNumber: 7,
        pretty: "a.B.c(B.java:7)",
      },
    ],
    suppressed: [{ class: "environment", message: null, stack: [], suppressed: [], cause: null }],
    cause: { class: "inner", message: "because", stack: [], suppressed: [], cause: null },
  };

  it("are read in long and short form", () => {
    const error = AndesiteError.fromRaw(raw);
    expect(String(error)).toBe("outer: it broke");
    expect(error.stack.map(String)).toEqual(["java.base B.java:7 a.B#c"]);
    expect(error.toRaw()).toEqual(raw);
    expect(AndesiteError.fromRaw({ class: "X" })).toMatchObject({ message: null, stack: [], cause: null });
    expect(() => AndesiteError.fromRaw({ message: "no class" })).toThrow(MalformedDataError);
  });

  it("are converted to exceptions with causes", () => {
    const error = AndesiteError.fromRaw(raw);
    expect(() => error.throw()).toThrow(AndesiteException);
    const exception = error.asException();
    expect(exception).toBeInstanceOf(Error);
    expect(String(exception)).toBe("outer: it broke");
    expect(exception.cause).toBeInstanceOf(AndesiteException);
    expect(exception.cause).toMatchObject({ className: "inner", message: "because" });
    expect(exception.cause?.cause).toBe(undefined);
    expect(exception.suppressed.map(({ className }) => className)).toEqual(["environment"]);
    expect(exception.stackFrames).toBe(error.stack);
    expect(exception.stack).toContain("models.test.ts");
  });
});

describe("tracks", () => {
  const track = (title: string, info = {}) => ({
    track: title,
    info: {
      class: "T",
      title,
      author: "Unknown artist",
      length: 90_500,
      identifier: title,
      position: 1_500,
      ...info,
    },
  });

  it("use seconds", () => {
    const { info } = TrackInfo.fromRaw(track("a"));
    expect(info).toMatchObject({
      className: "T",
      length: 90.5,
      position: 1.5,
      authorUnknown: true,
      uri: null,
    });
    expect(String(info)).toBe("Unknown artist - a");
    expect(TrackInfo.fromRaw(track("a", { length: 2 ** 63 })).info.length).toBe(null);
    expect(TrackInfo.fromRaw(track("a", { isStream: true })).info).toMatchObject({
      length: null,
      isSeekable: false,
    });
    expect(() => TrackInfo.fromRaw({ info: {} })).toThrow(MalformedDataError);
  });

  it("have additional fields in an extended response", () => {
    const more = { artworkUrl: "http://a/b.png", isrc: "X", album: "b", lyrics: "la" };
    expect(TrackInfo.fromRaw(track("a", more)).info).toMatchObject(more);
    const none = { artworkUrl: null, isrc: null, album: null, lyrics: null };
    expect(TrackInfo.fromRaw(track("a")).info).toMatchObject(none);
    expect(TrackInfo.fromRaw(track("a", none)).info).toMatchObject(none);
  });

  it.each([
    ["the only one", { loadType: "TRACK_LOADED", tracks: [track("a")], playlistInfo: {} }, "a"],
    [
      "the selected one",
      {
        loadType: "PLAYLIST_LOADED",
        tracks: [track("a"), track("b")],
        playlistInfo: { name: "p", selectedTrack: 1 },
      },
      "b",
    ],
    [
      "none outside",
      { loadType: "PLAYLIST_LOADED", tracks: [track("a")], playlistInfo: { name: "p", selectedTrack: 9 } },
      undefined,
    ],
    [
      "none below",
      { loadType: "PLAYLIST_LOADED", tracks: [track("a")], playlistInfo: { name: "p", selectedTrack: -1 } },
      undefined,
    ],
    [
      "none of a search",
      { loadType: "SEARCH_RESULT", tracks: [track("a")], playlistInfo: { name: "s" } },
      undefined,
    ],
    ["none of nothing", { loadType: "NO_MATCHES" }, undefined],
  ])("select %s", (_, raw, selected) => {
    expect(LoadedTrack.fromRaw(raw).getSelectedTrack()?.track).toBe(selected);
  });

  it("distinguish failures from empty results", () => {
    const none = LoadedTrack.fromRaw({ loadType: "NO_MATCHES" });
    expect(none).toMatchObject({
      success: true,
      hasTracks: false,
      length: 0,
      tracks: null,
      playlistInfo: null,
    });
    const failed = LoadedTrack.fromRaw({
      loadType: "LOAD_FAILED",
      cause: { class: "X", message: "m" },
      severity: "COMMON",
    });
    expect(failed).toMatchObject({ success: false, severity: "COMMON", cause: { message: "m" } });
    const list = LoadedTrack.fromRaw({
      loadType: "PLAYLIST_LOADED",
      tracks: [track("a"), track("b")],
      playlistInfo: { name: "p", selectedTrack: 1 },
    });
    expect([list.length, String(list.playlistInfo), list.playlistInfo?.name]).toEqual([2, "p[1]", "p"]);
    expect(() => LoadedTrack.fromRaw({})).toThrow(expect.objectContaining({ field: "loadType" }));
  });
});

describe("statistics", () => {
  it("are read, or rejected when malformed", () => {
    expect(Stats.fromRaw({ players: { total: 3 } }).players).toEqual({ total: 3, playing: 0 });
    expect(() => Stats.fromRaw({ players: [] })).toThrow(expect.objectContaining({ field: "players" }));
  });
});
