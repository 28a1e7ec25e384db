import { describe, expect, it } from "vitest";
import { InvalidTypeError, MalformedDataError, OutOfRangeError } from "../errors.ts";
import { FilterMap } from "../models/filter-map.ts";
import { Tremolo } from "../models/plain-filters.ts";
import { EventBuffer, VoiceServerUpdate } from "./connection.ts";
import { Destroy, Pause, Play, Seek, Stop, Volume } from "./playback.ts";
import { SendOperation } from "./send-operation.ts";
import { FilterUpdate, MixerUpdate, Update } from "./update.ts";

const tremolo = { frequency: 4, depth: 0.5 };
const filters = () => new FilterMap({ tremolo: new Tremolo(tremolo) });

describe("toRaw", () => {
  it.each([
    [new Play("Q"), "play", { track: "Q", noReplace: false }],
    [new Play("Q", { start: null, pause: undefined }), "play", { track: "Q", noReplace: false }],
    [
      new Play("Q", { start: 1.5, end: 90.0004, pause: false, volume: 0.333, noReplace: true }),
      "play",
      { track: "Q", start: 1500, end: 90000, pause: false, volume: 33, noReplace: true },
    ],
    [
      new Play("Q", { radio: true, next: true, crossfade: 2.5, normalize: true }),
      "play",
      { track: "Q", noReplace: false, radio: true, next: true, crossfade: 2500, normalize: true },
    ],
    [
      new Play("Q", { radio: false, next: null, crossfade: 0, normalize: undefined }),
      "play",
      { track: "Q", noReplace: false },
    ],
    [new Play(null), "play", { track: null, noReplace: false }],
    [new Pause(false), "pause", { pause: false }],
    [new Stop(), "stop", {}],
    [new Destroy(), "destroy", {}],
    [new Seek(0.0015), "seek", { position: 2 }],
    [new Volume(1.5), "volume", { volume: 150 }],
    [new Update(), "update", {}],
    [new Update({ filters: {} }), "update", { filters: {} }],
    [
      new Update({ pause: true, position: 0, volume: 0, filters: filters() }),
      "update",
      { pause: true, position: 0, volume: 0, filters: { tremolo } },
    ],
    [new MixerUpdate(), "mixer", { players: {} }],
    [
      new MixerUpdate(false, { a: new Play(null), b: new Update({ volume: 0.5 }) }),
      "mixer",
      { enable: false, players: { a: { track: null, noReplace: false }, b: { volume: 50 } } },
    ],
    [FilterUpdate.from({ tremolo, custom: { a: 1 } }), "filters", { tremolo, custom: { a: 1 } }],
    [
      new VoiceServerUpdate("s", { token: "t" }),
      "voice-server-update",
      { sessionId: "s", event: { token: "t" } },
    ],
    [
      new VoiceServerUpdate("s", {}, { channelId: "5" }),
      "voice-server-update",
      { sessionId: "s", event: {}, channelId: "5" },
    ],
    [new EventBuffer(30), "event-buffer", { timeout: 30000 }],
  ])("%#: returns exactly the fields of the wire", (operation, op, raw) => {
    expect(operation.op).toBe(op);
    expect(operation.toRaw()).toStrictEqual(raw);
    expect(operation).toBeInstanceOf(SendOperation);
  });
});

describe("fromRaw", () => {
  it.each([
    [Play, new Play("Q", { start: 1.5, end: 90, pause: false, volume: 0.33, noReplace: true })],
    [Play, new Play("Q", { radio: true, next: true, crossfade: 1.5, normalize: true })],
    [Pause, new Pause(true)],
    [Seek, new Seek(12.345)],
    [Volume, new Volume(2)],
    [Update, new Update({ pause: true, position: 1, volume: 0.5, filters: filters() })],
    [
      MixerUpdate,
      new MixerUpdate(true, { a: new Play(null), b: new Update(), c: new Play("Q", { volume: 2 }) }),
    ],
    [FilterUpdate, FilterUpdate.from(filters())],
    [
      VoiceServerUpdate,
      new VoiceServerUpdate("s", { endpoint: "e", token: "t", guild_id: "1" }, { channelId: "2" }),
    ],
    [EventBuffer, new EventBuffer(1.5)],
  ])("%#: reads back the same operation", (cls, operation) => {
    const read = cls.fromRaw(JSON.parse(JSON.stringify(operation.toRaw())));
    expect(read).toBeInstanceOf(cls);
    expect(read.toRaw()).toEqual(operation.toRaw());
  });

  it.each([
    [Play, {}],
    [Update, { volume: {} }],
    [MixerUpdate, { players: [] }],
    [VoiceServerUpdate, { sessionId: "s" }],
    [Seek, null],
    [EventBuffer, { timeout: "x" }],
  ])("%#: throws for malformed fields", (cls, raw) => {
    expect(() => cls.fromRaw(raw)).toThrow(MalformedDataError);
  });
});

describe("invalid values", () => {
  it.each([
    ["track", () => new Play(5 as never)],
    ["start", () => new Play("Q", { start: "1" as never }).toRaw()],
    ["pause", () => new Play("Q", { pause: 1 as never }).toRaw()],
    ["radio", () => new Play("Q", { radio: 1 as never }).toRaw()],
    ["crossfade", () => new Play("Q", { crossfade: "1" as never }).toRaw()],
    ["pause", () => new Pause(null as never).toRaw()],
    ["position", () => new Seek(undefined as never).toRaw()],
    ["volume", () => new Volume("1" as never).toRaw()],
    ["timeout", () => new EventBuffer(null as never).toRaw()],
    ["players.a", () => new MixerUpdate(null, { a: {} as never })],
    ["sessionId", () => new VoiceServerUpdate(5 as never, {})],
    ["event", () => new VoiceServerUpdate("s", null as never)],
  ])("throw an error that names the field: %s", (field, make) => {
    expect(make).toThrow(InvalidTypeError);
    expect(make).toThrow(expect.objectContaining({ field }));
  });

  it("include numbers that are not finite", () => {
    expect(() => new Seek(Number.NaN).toRaw()).toThrow(OutOfRangeError);
    expect(() => new Volume(Number.POSITIVE_INFINITY).toRaw()).toThrow(OutOfRangeError);
    expect(() => new Update({ position: Number.NEGATIVE_INFINITY }).toRaw()).toThrow(
      expect.objectContaining({ field: "position" }),
    );
  });
});

describe("FilterUpdate", () => {
  it("is a filter map and an operation, and copies its argument", () => {
    const map = filters();
    const update = FilterUpdate.from(map);
    expect([
      update instanceof FilterMap,
      update instanceof SendOperation,
      map instanceof SendOperation,
    ]).toEqual([true, true, false]);
    update.delete("tremolo");
    expect(map.has("tremolo")).toBe(true);
    expect(FilterUpdate.from(update)).toBe(update);
    expect(update instanceof Update).toBe(false);
  });
});
