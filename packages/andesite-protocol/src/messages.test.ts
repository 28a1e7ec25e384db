import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { events } from "./events.ts";
import { messages, readMessage } from "./messages.ts";

const ids = { userId: "1", guildId: "2" };
const event = (type: string, fields: object) => ({ op: "event", type, ...ids, ...fields });

describe("messages", () => {
  it.each([
    [{ op: "connection-id", id: "42" }, { id: "42" }],
    [{ op: "connection-id", id: 42 }, { id: "42" }],
    [
      { op: "metadata", data: { nodeId: "n", versionBuild: 3, enabledSources: ["http"], odd: { a: 1 } } },
      { data: { nodeId: "n", versionBuild: 3, enabledSources: ["http"] } },
    ],
    [
      { op: "pong", userId: "1" },
      { userId: "1", guildId: null, asteriteQuery: null },
    ],
    [
      { op: "player-update", ...ids, state: null },
      { ...ids, state: null },
    ],
    [
      { op: "player-update", guildId: "2" },
      { userId: null, guildId: "2", state: null },
    ],
  ])("reads %j", (body, fields) => {
    expect(readMessage(body)).toEqual({ type: "message", message: { op: body.op, fields } });
  });

  it("reads states and statistics", () => {
    expect(readMessage({ op: "player-update", ...ids, state: { volume: 50 } })).toMatchObject({
      message: { fields: { state: { volume: 50, position: null } } },
    });
    expect(readMessage({ op: "stats", userId: "1", stats: {} })).toMatchObject({
      message: { op: "stats", fields: { stats: { players: { total: 0 } } } },
    });
  });

  it.each([{}, { op: 5 }, { op: "new" }, { op: "constructor" }, { op: "event" }, { op: "event", type: 5 }])(
    "returns unknown for %j",
    (body) => expect(readMessage(body)).toEqual({ type: "unknown" }),
  );

  it("names the malformed field", () => {
    expect(readMessage({ op: "connection-id" })).toMatchObject({
      type: "invalid",
      name: "connection-id",
      field: "id",
    });
    expect(readMessage({ op: "player-update", state: null })).toMatchObject({
      type: "invalid",
      field: "guildId",
    });
    expect(readMessage({ op: "player-update", ...ids, state: { volume: "x" } })).toMatchObject({
      field: "state.volume",
    });
    expect(readMessage(event("TrackStartEvent", {}))).toMatchObject({
      type: "invalid",
      name: "TrackStartEvent",
      field: "track",
    });
  });
});

describe("events", () => {
  it.each([
    ["TrackStartEvent", { track: "Q" }, { track: "Q" }],
    [
      "TrackEndEvent",
      { track: "Q", reason: "REPLACED", mayStartNext: false },
      { track: "Q", reason: "REPLACED", mayStartNext: false },
    ],
    [
      "TrackEndEvent",
      { track: "Q", reason: "FINISHED" },
      { track: "Q", reason: "FINISHED", mayStartNext: true },
    ],
    ["TrackEndEvent", { track: "Q", reason: "NEW" }, { track: "Q", reason: "NEW", mayStartNext: false }],
    ["TrackStuckEvent", { track: "Q", thresholdMs: 10000 }, { track: "Q", thresholdMs: 10000 }],
    [
      "TrackExceptionEvent",
      { track: "Q", error: "m", exception: { class: "X", message: "m", suppressed: [], cause: null } },
      {
        track: "Q",
        error: "m",
        exception: { class: "X", message: "m", suppressed: [], cause: null, stack: [] },
      },
    ],
    ["TrackExceptionEvent", { track: "Q" }, { track: "Q", error: null, exception: null }],
    ["WebSocketClosedEvent", { code: 4014 }, { reason: null, code: 4014, byRemote: false }],
    ["PlayerDestroyedEvent", { cleanup: true }, { cleanup: true }],
  ])("reads %s %j", (type, raw, fields) => {
    expect(readMessage(event(type, raw))).toEqual({ type: "event", event: { type, ...ids, fields } });
  });

  it("returns the ids of an unknown event if they are valid", () => {
    expect(readMessage(event("NewEvent", { a: 1 }))).toEqual({
      type: "unknown-event",
      event: { type: "NewEvent", ...ids },
    });
    expect(readMessage({ op: "event", type: "NewEvent", guildId: 5 })).toEqual({
      type: "unknown-event",
      event: { type: "NewEvent", userId: null, guildId: null },
    });
  });

  it("never throws and never changes what it reads", () => {
    const op = fc.constantFrom(...Object.keys(messages), "event", "other");
    const type = fc.constantFrom(...Object.keys(events), "Other");
    const fields = fc.dictionary(
      fc.constantFrom("state", "stats", "data", "id", "track", "exception", "userId", "guildId", "code"),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(op, type, fields, (name, kind, rest) => {
        const body = { ...rest, op: name, type: kind };
        const before = JSON.stringify(body);
        readMessage(body);
        expect(JSON.stringify(body)).toBe(before);
      }),
    );
  });
});
