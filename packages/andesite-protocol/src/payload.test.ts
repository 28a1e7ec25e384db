import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isOperationName, operations, readSpan } from "./operations.ts";
import { parsePayload, readOperation } from "./payload.ts";

const parse = (payload: unknown) => parsePayload(JSON.stringify(payload));
const fieldsOf = (payload: Record<string, unknown>) => {
  const parsed = parse({ guildId: "7", ...payload });
  if (parsed.type !== "operation") throw new Error(JSON.stringify(parsed));
  return parsed.operation.fields;
};

describe("messages that close the connection", () => {
  it.each(["", "{", "[]", "5", "null", '"text"', "\ufffd\ufffe"])(
    "closes with 4001 for %j, which is not a JSON object",
    (text) => {
      const parsed = parsePayload(text);
      expect(parsed).toMatchObject({ type: "close", code: 4001 });
      const { reason } = parsed as { reason: string };
      expect(reason).toMatch(/^Unable to read frame data as json/);
      expect(Buffer.byteLength(reason)).toBeLessThan(124);
    },
  );

  it.each([
    [{}, "Null op provided"],
    [{ op: null, guildId: "1" }, "Null op provided"],
    [{ op: "play" }, "Null guild id provided"],
    [{ op: "stop", guildId: null }, "Null guild id provided"],
    [{ op: "stop", guildId: "1", userId: null }, "Null user id provided"],
  ])("closes with 4002 for %j, in which a field is missing", (payload, reason) => {
    expect(parse(payload)).toEqual({ type: "close", code: 4002, reason });
  });

  it("do not include operations without guild", () => {
    for (const op of ["get-stats", "ping", "event-buffer"]) expect(parse({ op }).type).toBe("operation");
  });
});

describe("operations", () => {
  it("are ignored when unknown", () => {
    expect(parse({ op: "unheard-of", guildId: "1" })).toEqual({
      type: "unknown",
      op: "unheard-of",
    });
    expect(parse({ op: "toString" }).type).toBe("unknown");
    expect(parse({ op: 5 })).toEqual({ type: "unknown", op: "5" });
  });

  it("contain guild and user id in canonical form", () => {
    expect(parse({ op: "stop", guildId: "007", userId: "+8" })).toMatchObject({
      operation: { op: "stop", guildId: "7", userId: "8", fields: {} },
    });
    expect(parse({ op: "stop", guildId: "7" })).toMatchObject({ operation: { userId: null } });
    for (const guildId of [7, "x", "-1", "", "18446744073709551616"]) {
      expect(parse({ op: "stop", guildId })).toMatchObject({ type: "invalid", op: "stop", field: "guildId" });
    }
    expect(parse({ op: "stop", guildId: "7", userId: 8 })).toMatchObject({
      type: "invalid",
      field: "userId",
    });
  });

  it("have defaults, and treat null as absent", () => {
    const defaults = { noReplace: false, radio: false, next: false, crossfade: 0, normalize: false };
    expect(fieldsOf({ op: "play", track: "QAAA" })).toEqual({
      track: "QAAA",
      ...defaults,
    });
    expect(
      fieldsOf({ op: "play", track: "QAAA", start: null, pause: null, volume: null, noReplace: null, x: 1 }),
    ).toEqual({ track: "QAAA", ...defaults });
    expect(fieldsOf({ op: "play", track: "QAAA", crossfade: 99_999, next: true })).toMatchObject({
      crossfade: 15_000,
      next: true,
    });
    expect(fieldsOf({ op: "pause" })).toEqual({ pause: false });
    expect(fieldsOf({ op: "seek", position: null })).toEqual({ position: 0 });
    expect(fieldsOf({ op: "volume" })).toEqual({ volume: 100 });
    expect(fieldsOf({ op: "mixer" })).toEqual({ players: {} });
    expect(fieldsOf({ op: "update" })).toEqual({});
    expect(fieldsOf({ op: "event-buffer" })).toEqual({ timeout: 0 });
    expect(fieldsOf({ op: "configureResuming", key: "k" })).toEqual({ key: "k", timeout: 60 });
    expect(fieldsOf({ op: "event-buffer", timeout: -5.5 })).toEqual({ timeout: 0 });
  });

  it("accept times as numbers and decimal strings, and clamp volumes", () => {
    expect(
      fieldsOf({ op: "play", track: "", startTime: "+1500", end: 2500.9, volume: "2000" }),
    ).toMatchObject({ startTime: 1500, end: 2500, volume: 1000 });
    expect(fieldsOf({ op: "seek", position: "-20" })).toEqual({ position: -20 });
    expect(fieldsOf({ op: "volume", volume: -3 })).toEqual({ volume: 0 });
    for (const position of ["", "1.5", "0x10", "abc", true, {}, []]) {
      expect(parse({ op: "seek", guildId: "1", position })).toMatchObject({
        type: "invalid",
        field: "position",
      });
    }
    expect(parsePayload('{"op":"seek","guildId":"1","position":1e999}').type).toBe("invalid");
  });

  it("prefer a field over its alias", () => {
    expect(readSpan({ start: 1, startTime: 2, endTime: 3 })).toEqual({ start: 1, end: 3 });
    expect(readSpan({ start: 0, startTime: 2 })).toEqual({ start: 0, end: 0 });
  });

  it("name the malformed field", () => {
    expect(parse({ op: "play", guildId: "1" })).toMatchObject({ type: "invalid", field: "track" });
    expect(parse({ op: "play", guildId: "1", track: null })).toMatchObject({ field: "track" });
    expect(parse({ op: "mixer", guildId: "1", players: { bg: { volume: {} } } })).toMatchObject({
      field: "players.bg.volume",
    });
    expect(parse({ op: "update", guildId: "1", filters: [] })).toMatchObject({ field: "filters" });
  });

  it("distinguish a stopped mixer player from one that keeps its track", () => {
    const players = { a: { track: null }, b: {}, c: { track: "Q", volume: 40, endTime: "9" } };
    expect(fieldsOf({ op: "mixer", enable: true, players })).toStrictEqual({
      enable: true,
      players: {
        a: { track: null },
        b: {},
        c: { track: "Q", volume: 40, endTime: 9 },
      },
    });
  });

  it("keep an event of Discord unchanged, with and without endpoint", () => {
    const event = { token: "t", guild_id: "7", endpoint: "voice.example" };
    expect(fieldsOf({ op: "voiceUpdate", sessionId: "s", event, channelId: "9" })).toEqual({
      sessionId: "s",
      event,
      channelId: "9",
    });
    expect(fieldsOf({ op: "voice-server-update", sessionId: "s", event: { endpoint: null } })).toEqual({
      sessionId: "s",
      event: {},
    });
  });

  it("can be read from an HTTP body, which has no operation name", () => {
    expect(readOperation("pause", { pause: true })).toEqual({ ok: true, value: { pause: true } });
    expect(readOperation("pause", null)).toMatchObject({ ok: false, field: "" });
  });

  it("do not change prototypes", () => {
    const text = '{"op":"mixer","guildId":"1","players":{"__proto__":{"volume":1},"a":{}}}';
    const parsed = parsePayload(text);
    expect(parsed).toMatchObject({ type: "operation" });
    if (parsed.type === "operation" && parsed.operation.op === "mixer") {
      const { players } = parsed.operation.fields;
      expect(Object.getPrototypeOf(players)).toBe(Object.prototype);
      expect(Object.keys(players)).toEqual(["a"]);
    }
  });

  it("never throw for any input", () => {
    fc.assert(fc.property(fc.string(), (text) => void parsePayload(text)));
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(operations).filter(isOperationName)),
        fc.dictionary(
          fc.constantFrom("track", "start", "volume", "players", "filters", "position", "event", "timeout"),
          fc.jsonValue(),
        ),
        (op, fields) => {
          expect(["operation", "invalid"]).toContain(parse({ ...fields, op, guildId: "1" }).type);
        },
      ),
    );
  });
});
