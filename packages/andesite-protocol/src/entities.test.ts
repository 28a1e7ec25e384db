import { describe, expect, it } from "vitest";
import { readHttpError } from "./errors.ts";
import { readDecodedTracks, readLoadResult, readPlayer, readStats, readTrackInfo } from "./responses.ts";
import type { Checked } from "./validate.ts";

const value = <Value>(checked: Checked<Value>): Value => {
  if (!checked.ok) throw new Error(`${checked.field}: ${checked.expected}`);
  return checked.value;
};

// In the form of the Java node: the time is a number, and an idle player has no position.
const idle = {
  time: 1700000000000,
  paused: false,
  volume: 100,
  filters: {},
  mixer: {},
  mixerEnabled: false,
  frame: { loss: 0, success: 0, usable: false },
};

describe("players", () => {
  it("are read in the form of the Java node, with mixer players whose time is a string", () => {
    const background = { ...idle, time: "1700000000001", position: 2500 };
    const read = value(readPlayer({ ...idle, mixer: { bg: background }, extra: 1 }));
    const { bg } = read.mixer;
    expect(read).toMatchObject({ time: 1700000000000, position: null, destroyed: false });
    expect(bg).toEqual({
      time: 1700000000001,
      position: 2500,
      paused: false,
      volume: 100,
      filters: {},
      frame: { loss: 0, success: 0, usable: false },
    });
    expect(read).not.toHaveProperty("extra");
    expect(value(readPlayer({ ...idle, destroyed: true })).destroyed).toBe(true);
  });

  it("get defaults for keys that are missing or null", () => {
    const complete = { ...idle, time: null, position: null, destroyed: false };
    expect(value(readPlayer({}))).toEqual(complete);
    expect(value(readPlayer(Object.fromEntries(Object.keys(complete).map((key) => [key, null]))))).toEqual(
      complete,
    );
  });

  it("are rejected when a value has the wrong type", () => {
    expect(readPlayer({ ...idle, volume: "loud" })).toMatchObject({ ok: false, field: "volume" });
    expect(readPlayer({ ...idle, mixer: { a: { frame: { loss: "x" } } } })).toMatchObject({
      field: "mixer.a.frame.loss",
    });
    expect(readPlayer(null).ok).toBe(false);
    expect(readPlayer([]).ok).toBe(false);
  });

  it("do not change their input", () => {
    const input = Object.freeze({ ...idle, filters: Object.freeze({ volume: Object.freeze({}) }) });
    expect(value(readPlayer(input)).filters).toEqual({ volume: { volume: 1, enabled: false } });
  });
});

const track = {
  track: "QAAA",
  info: {
    class: "com.example.Track",
    title: "t",
    author: "a",
    length: 120000,
    identifier: "i",
    uri: null,
    isStream: false,
    isSeekable: true,
    position: 0,
  },
};

describe("tracks", () => {
  it("have no length above 2^53", () => {
    const stream = '{"track":"Q","info":{"length":9223372036854775807,"isStream":true}}';
    expect(value(readTrackInfo(JSON.parse(stream))).info).toEqual({
      class: "",
      title: "",
      author: "",
      length: null,
      identifier: "",
      uri: null,
      isStream: true,
      isSeekable: false,
      position: 0,
    });
    expect(value(readTrackInfo(track))).toEqual(track);
  });

  it.each([
    ["as the Java node", { loadType: "NO_MATCHES" }, null],
    ["as documented", { loadType: "NO_MATCHES", tracks: null, playlistInfo: null, cause: null }, null],
    ["for strict clients", { loadType: "NO_MATCHES", tracks: [], playlistInfo: {} }, []],
  ])("are empty or null in a result without tracks: %s", (_, body, tracks) => {
    expect(value(readLoadResult(body))).toEqual({
      loadType: "NO_MATCHES",
      tracks,
      playlistInfo: null,
      cause: null,
      severity: null,
    });
  });

  it("come with a playlist, or with the cause of a failure", () => {
    expect(
      value(
        readLoadResult({
          loadType: "PLAYLIST_LOADED",
          tracks: [track],
          playlistInfo: { name: "p", selectedTrack: 0 },
        }),
      ),
    ).toMatchObject({ tracks: [track], playlistInfo: { name: "p", selectedTrack: 0 } });
    expect(
      value(
        readLoadResult({ loadType: "LOAD_FAILED", cause: { class: "X", message: null }, severity: "FAULT" }),
      ),
    ).toMatchObject({ cause: { class: "X", message: null, stack: [], cause: null }, severity: "FAULT" });
    expect(readLoadResult({ tracks: [] }).ok).toBe(false);
  });

  it("are replaced by errors when they cannot be decoded", () => {
    const error = { error: "Unable to decode track. Is the source manager enabled?" };
    expect(value(readDecodedTracks([track, error]))).toEqual([track, error]);
    expect(readDecodedTracks([5]).ok).toBe(false);
  });
});

describe("errors", () => {
  const short = { class: "java.lang.Error", message: "outer", suppressed: [], cause: null };
  const long = {
    ...short,
    stack: [{ className: "A", methodName: "b", fileName: null, lineNumber: 3, pretty: "A.b" }],
    cause: { ...short, message: "inner", stack: [] },
  };

  it("are read in all forms", () => {
    expect(readHttpError(404, "Not Found", { code: 404, message: "Player not found" })).toEqual({
      code: 404,
      message: "Player not found",
      error: null,
    });
    expect(readHttpError(500, "Internal", short)).toMatchObject({ code: 500, message: "outer" });
    expect(readHttpError(500, "Internal", long)).toMatchObject({
      code: 500,
      error: { stack: [{ moduleName: null, lineNumber: 3 }], cause: { message: "inner", cause: null } },
    });
    expect(readHttpError(500, "Internal", { ...short, message: null })).toMatchObject({
      message: "java.lang.Error",
    });
    for (const body of [undefined, null, [], "text", {}, { code: "404", message: "x" }]) {
      expect(readHttpError(502, "Bad Gateway", body)).toEqual({
        code: 502,
        message: "Bad Gateway",
        error: null,
      });
    }
  });

  it("cannot exhaust the stack by nesting", () => {
    let nested: unknown = short;
    for (let depth = 0; depth < 100_000; depth++) nested = { class: "X", cause: nested };
    expect(readHttpError(500, "Internal", nested)).toEqual({ code: 500, message: "Internal", error: null });
  });
});

describe("statistics", () => {
  it("get defaults for all missing fields", () => {
    const empty = value(readStats({}));
    expect(empty).toMatchObject({
      players: { total: 0, playing: 0 },
      runtime: { uptime: 0, vm: { name: "" }, version: { feature: 0, pre: null } },
      cpu: null,
      memory: { heap: { init: 0, used: 0, committed: 0, max: 0 } },
      gc: [],
      memoryPools: [],
      frameStats: [],
    });
    const full = {
      ...empty,
      cpu: { andesite: 0.5, system: -1 },
      memoryPools: [
        {
          name: "Eden",
          type: "HEAP",
          collectionUsage: null,
          collectionUsageThreshold: null,
          collectionUsageThresholdCount: null,
          peakUsage: { init: 1, used: 2, committed: 3, max: -1 },
          usage: { init: 1, used: 2, committed: 3, max: -1 },
          usageThreshold: null,
          usageThresholdCount: 4,
          managers: ["G1"],
        },
      ],
      frameStats: [{ user: "1", guild: "2", success: 3000, loss: 0 }],
    };
    expect(value(readStats(JSON.parse(JSON.stringify(full))))).toEqual(full);
    expect(readStats({ cpu: 5 })).toMatchObject({ ok: false, field: "cpu" });
  });
});
