import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedDataError } from "../errors.ts";
import { AndesiteError } from "../models/errors.ts";
import { Player } from "../models/player.ts";
import { Play } from "../operations/playback.ts";
import {
  AndesiteEvent,
  OperationFailedEvent,
  PlayerDestroyedEvent,
  TrackEndEvent,
  TrackEvent,
  TrackExceptionEvent,
  TrackStartEvent,
  TrackStuckEvent,
  TrackTitleEvent,
  UnknownAndesiteEvent,
  WebSocketClosedEvent,
} from "./andesite-event.ts";
import {
  EVENT_MAP,
  getEventModel,
  getUpdateModel,
  OP_MAP,
  readReceiveOperation,
} from "./read-receive-operation.ts";
import {
  ConnectionUpdate,
  MetadataUpdate,
  PlayerUpdate,
  PongResponse,
  StatsUpdate,
} from "./receive-operation.ts";

const ids = { userId: "1", guildId: "2" };
const event = (type: string, fields: object = {}) => ({ op: "event", type, ...ids, ...fields });
const read = (body: Record<string, unknown>) => {
  const { operation, problem } = readReceiveOperation(body);
  if (!operation) throw new Error(problem ? `${problem.field}: ${problem.expected}` : "unknown");
  return operation;
};

describe("messages", () => {
  it.each([
    [PongResponse, { op: "pong", ...ids, extra: 1 }, ids],
    [PongResponse, { op: "pong", userId: "1" }, { userId: "1", guildId: null }],
    [ConnectionUpdate, { op: "connection-id", id: "42" }, { id: "42" }],
    [MetadataUpdate, { op: "metadata", data: { nodeId: "n" } }, { data: { nodeId: "n" } }],
    [StatsUpdate, { op: "stats", userId: "1", stats: {} }, { userId: "1", stats: { players: { total: 0 } } }],
    [PlayerUpdate, { op: "player-update", ...ids, state: null }, { ...ids, state: null }],
    [
      PlayerUpdate,
      { op: "player-update", ...ids, state: { position: 1500 } },
      { ...ids, state: { position: 1.5 } },
    ],
  ])("%o is read from %j", (cls, body, fields) => {
    const operation = read(body);
    expect(operation.constructor).toBe(cls);
    expect(operation).toMatchObject({ ...fields, op: body.op, client: null });
    const { op, ...raw } = body;
    expect(cls.fromRaw(raw)).toMatchObject(fields);
    expect(getUpdateModel(op)).toBe(cls);
  });

  it("contain models", () => {
    expect((read({ op: "player-update", ...ids, state: {} }) as PlayerUpdate).state).toBeInstanceOf(Player);
  });
});

describe("events", () => {
  const exception = { class: "X", message: "m", suppressed: [], cause: null };
  it.each([
    [TrackStartEvent, { track: "Q" }, { track: "Q" }],
    [
      TrackEndEvent,
      { track: "Q", reason: "FINISHED", mayStartNext: true },
      { reason: "FINISHED", mayStartNext: true },
    ],
    [TrackEndEvent, { track: "Q", reason: "SOMETHING" }, { reason: "SOMETHING", mayStartNext: false }],
    [
      TrackExceptionEvent,
      { track: "Q", error: "m", exception },
      { error: "m", exception: { className: "X" } },
    ],
    [TrackExceptionEvent, { track: "Q", error: "m" }, { exception: { className: "unknown", message: "m" } }],
    [TrackStuckEvent, { track: "Q", thresholdMs: 10000 }, { threshold: 10 }],
    [TrackTitleEvent, { track: "Q", title: "A - B" }, { title: "A - B" }],
    [WebSocketClosedEvent, { code: 4014, byRemote: true }, { reason: null, code: 4014, byRemote: true }],
    [PlayerDestroyedEvent, { cleanup: true }, { cleanup: true }],
    [
      OperationFailedEvent,
      { operation: "play", error: "m", exception },
      { operation: "play", error: "m", exception: { className: "X" } },
    ],
  ])("%o is read from %j", (cls, raw, fields) => {
    const operation = read(event(cls.name, raw));
    expect(operation.constructor).toBe(cls);
    expect(operation).toBeInstanceOf(AndesiteEvent);
    expect(operation instanceof TrackEvent).toBe("track" in raw);
    expect(operation).toMatchObject({ ...fields, ...ids, op: "event", type: cls.name, client: null });
    expect(cls.fromRaw({ ...raw, ...ids })).toMatchObject(fields);
    expect(getUpdateModel("event", cls.name)).toBe(cls);
  });

  it("contain an exception that can be thrown", () => {
    const operation = read(event("TrackExceptionEvent", { track: "Q", exception })) as TrackExceptionEvent;
    expect(operation.exception).toBeInstanceOf(AndesiteError);
    expect(() => operation.exception.throw()).toThrow("m");
  });

  it.each(["NewEvent", "constructor"])("%s arrives as unknown, with a copy", (type) => {
    const body = event(type, { cleanup: true, nested: { a: 1 } });
    const operation = read(body);
    expect(operation.constructor).toBe(UnknownAndesiteEvent);
    expect(operation).toMatchObject({ type, ...ids, body });
    body.type = "changed";
    expect((operation as UnknownAndesiteEvent).body).toEqual(
      event(type, { cleanup: true, nested: { a: 1 } }),
    );
    expect(getEventModel(type)).toBe(UnknownAndesiteEvent);
  });
});

describe("malformed and unknown messages", () => {
  it.each([{}, { op: "new" }, { op: "event" }, { op: "toString" }])(
    "%j becomes neither operation nor problem",
    (body) => {
      expect(readReceiveOperation(body)).toEqual({ operation: null, problem: null });
    },
  );

  it("name the malformed field", () => {
    expect(readReceiveOperation(event("TrackStartEvent"))).toMatchObject({
      operation: null,
      problem: { field: "track" },
    });
    for (const cls of Object.values({ ...OP_MAP, ...EVENT_MAP })) {
      if (cls === PongResponse) continue;
      expect(() => cls.fromRaw({ userId: "1", stats: 5 })).toThrow(MalformedDataError);
      expect(() => cls.fromRaw(null)).toThrow(MalformedDataError);
    }
  });

  it("have no model", () => {
    expect([getUpdateModel("event"), getUpdateModel("event", null), getUpdateModel("x")]).toEqual([
      null,
      null,
      null,
    ]);
    expect(getUpdateModel("toString")).toBe(null);
  });

  it("may be nested deeply", () => {
    let nested: unknown = { class: "X" };
    for (let depth = 0; depth < 100_000; depth++) nested = { class: "X", cause: nested };
    expect(
      readReceiveOperation(event("TrackExceptionEvent", { track: "Q", exception: nested })),
    ).toMatchObject({
      operation: null,
      problem: { expected: "less deep nesting" },
    });
    expect(read(event("NewEvent", { nested }))).toBeInstanceOf(UnknownAndesiteEvent);
  });

  it("never make the reader throw", () => {
    const op = fc.constantFrom("event", ...Object.keys(OP_MAP));
    const type = fc.constantFrom("New", ...Object.keys(EVENT_MAP));
    const fields = fc.dictionary(
      fc.constantFrom("guildId", "state", "stats", "data", "id", "track", "code", "exception", "thresholdMs"),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(op, type, fields, (name, kind, rest) => {
        readReceiveOperation({ guildId: "1", ...rest, op: name, type: kind });
      }),
    );
  });
});

it("become JSON with their fields, filters and user data, without the client", () => {
  const update = read({
    op: "player-update",
    userId: "1",
    guildId: "2",
    state: { position: 2_500, filters: { tremolo: { depth: 0.25 }, plugin: { a: 1 } } },
  }) as PlayerUpdate;
  update.client = { connected: true, connectionId: "c", nodeId: null, nodeRegion: null };
  const json = JSON.parse(JSON.stringify(update));
  expect(json).toMatchObject({ op: "player-update", guildId: "2", state: { position: 2.5 } });
  expect(json.state.filters).toMatchObject({ tremolo: { depth: 0.25 }, plugin: { a: 1 } });
  expect(json).not.toHaveProperty("client");
  const start = read(event("TrackStartEvent", { track: "Q" })) as TrackStartEvent;
  start.play = new Play("Q", { userData: { by: "me" } });
  expect(JSON.parse(JSON.stringify(start))).toEqual({
    op: "event",
    type: "TrackStartEvent",
    userId: expect.any(String),
    guildId: expect.any(String),
    track: "Q",
    userData: { by: "me" },
  });
});
