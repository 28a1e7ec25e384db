import { describe, expect, it } from "vitest";
import { InvalidTypeError, OutOfRangeError } from "../errors.ts";
import { FilterMap } from "../models/filter-map.ts";
import { closeAfterTest, encoded, startNode } from "../nodes.test-support.ts";
import { State } from "../state/state.ts";
import { RawMsgSendEvent } from "../web-socket/events.ts";
import { WebSocket } from "../web-socket/web-socket.ts";
import { Play } from "./playback.ts";
import { Update } from "./update.ts";

const track = encoded("song");
const badTremolo = () => {
  const filters = new FilterMap();
  filters.tremolo.depth = 5;
  return filters;
};

type Send = (client: WebSocket) => Promise<void>;
const refused: readonly [call: string, send: Send, field: string, message: string][] = [
  ["a track that is no base64", (c) => c.play("5", "no track"), "track", 'but is "no track"'],
  ["a truncated track", (c) => c.play("5", "AAAA"), "track", "an encoded track in base64"],
  ["a negative start", (c) => c.play("5", track, { start: -1 }), "start", "at least 0 s, but is -1"],
  [
    "an end before the start",
    (c) => c.play("5", track, { start: 9, end: 5 }),
    "end",
    "after the start, 9 s, but is 5",
  ],
  ["an end of 0", (c) => c.play("5", track, { end: 0 }), "end", "after the start"],
  [
    "a volume of 500",
    (c) => c.play("5", track, { volume: 500 }),
    "volume",
    "from 0 to 10, where 1 is 100 %, but is 500",
  ],
  [
    "a long crossfade",
    (c) => c.play("5", track, { crossfade: 16 }),
    "crossfade",
    "from 0 to 15 s, but is 16",
  ],
  ["a pause of text", (c) => c.play("5", track, { pause: "no" as never }), "pause", 'a boolean, but is "no"'],
  [
    "an infinite start",
    (c) => c.play("5", track, { start: Infinity }),
    "start",
    "a finite number, but is Infinity",
  ],
  [
    "an unknown option",
    (c) => c.play("5", track, { begin: 5 } as never),
    "begin",
    "one of the options start, end,",
  ],
  ["user data that is no JSON", (c) => c.play("5", track, { userData: 1n }), "userData", "a JSON value"],
  ["a negative position", (c) => c.seek("5", -1), "position", "at least 0 s, but is -1"],
  ["a position of text", (c) => c.seek("5", "9" as never), "position", 'a number, but is "9"'],
  ["a negative volume", (c) => c.volume("5", -0.1), "volume", "from 0 to 10, where 1 is 100 %, but is -0.1"],
  ["a volume of NaN", (c) => c.volume("5", Number.NaN), "volume", "a finite number, but is NaN"],
  [
    "a bad filter",
    (c) => c.filters("5", badTremolo()),
    "filters.tremolo.depth",
    "a number above 0 and at most 1, but is 5",
  ],
  ["a bad raw filter", (c) => c.filters("5", { volume: { volume: 6 } }), "filters.volume.volume", "but is 6"],
  [
    "an unknown setting",
    (c) => c.filters("5", { timescale: { sped: 2 } }),
    "filters.timescale.sped",
    "speed, pitch, rate",
  ],
  [
    "a bad gain",
    (c) => c.filters("5", { equalizer: { bands: [{ band: 0, gain: 2 }] } }),
    "filters.equalizer.bands.0.gain",
    "from -0.25 to 1, but is 2",
  ],
  ["filters of text", (c) => c.filters("5", "loud" as never), "filters", 'but is "loud"'],
  [
    "an unknown field of update",
    (c) => c.update("5", { paused: true } as never),
    "paused",
    "pause, position, volume",
  ],
  [
    "a bad filter of update",
    (c) => c.update("5", { filters: badTremolo() }),
    "filters.tremolo.depth",
    "but is 5",
  ],
  [
    "a bad mixer track",
    (c) => c.mixer("5", true, { a: new Play("AAAA") }),
    "players.a.track",
    "an encoded track",
  ],
  [
    "a bad mixer volume",
    (c) => c.mixer("5", true, { a: new Update({ volume: 11 }) }),
    "players.a.volume",
    "but is 11",
  ],
  [
    "user data in the mixer",
    async (c) => c.mixer("5", true, { a: new Play(track, { userData: 1 }) }),
    "players.a.userData",
    "absent",
  ],
];

describe("an operation with", () => {
  it.each(refused)("%s rejects, and nothing is sent or recorded", async (_, send, field, message) => {
    const node = await startNode();
    const state = new State();
    const client = closeAfterTest(new WebSocket(node.webSocketUrl, "1", null, { state }));
    let sent = 0;
    client.on(RawMsgSendEvent, () => sent++);
    const error: unknown = await send(client).catch((reason: unknown) => reason);
    expect(error instanceof InvalidTypeError || error instanceof OutOfRangeError).toBe(true);
    expect(error).toMatchObject({ field, message: expect.stringContaining(message) });
    expect(sent).toBe(0);
    await state.whenHandled("5");
    expect(state.playerStates?.size).toBe(0);
    expect(node.operations).toEqual([]);
  });

  it("the limits of each range is sent", async () => {
    const node = await startNode();
    const client = closeAfterTest(new WebSocket(node.webSocketUrl, "1", null));
    await client.play("5", track, { start: 0, end: 0.001, volume: 10, crossfade: 15 });
    await client.volume("5", 0);
    await client.seek("5", 0);
    await client.filters("5", {
      tremolo: { depth: 1, enabled: true },
      volume: 5,
      equalizer: [{ band: 14, gain: -0.25 }],
      plugin: { anything: "goes" },
    } as never);
    await client.ping("5");
    expect(node.opsOf("5")).toEqual(["play", "volume", "seek", "filters"]);
  });
});
