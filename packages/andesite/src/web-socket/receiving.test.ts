import { describe, expect, it } from "vitest";
import { PongResponse } from "../advanced.ts";
import {
  PlayerUpdate,
  ProblemEvent,
  RawMsgReceiveEvent,
  State,
  TrackStartEvent,
  WebSocketConnectEvent,
} from "../index.ts";
import { encoded, makeClient, nextEvent, startNode } from "../nodes.test-support.ts";

describe("receiving", () => {
  it("survives malformed messages, and reads the valid ones", async () => {
    const node = await startNode();
    const client = makeClient(node);
    await client.ping("5");
    const raw: unknown[] = [];
    const typed: string[] = [];
    client.on(RawMsgReceiveEvent, ({ body }) => raw.push(body["op"]));
    client.on([PlayerUpdate, TrackStartEvent, PongResponse], (event) => typed.push(event.op));
    for (const text of [
      "{",
      "[]",
      "7",
      '"x"',
      "null",
      "{}",
      '{"op":7}',
      '{"op":"nonsense"}',
      '{"op":"event"}',
      '{"op":"player-update","guildId":{}}',
      `{"op":"player-update","guildId":"5","state":${"[".repeat(5_000)}${"]".repeat(5_000)}}`,
      '{"op":"player-update","guildId":"5","extra":{"a":1},"state":{"time":"1700000000000"}}',
    ]) {
      node.sendText(text);
    }
    await client.ping("5");
    expect(raw).toEqual([
      undefined,
      7,
      "nonsense",
      "event",
      "player-update",
      "player-update",
      "player-update",
      "pong",
    ]);
    expect(typed).toEqual(["player-update", "pong"]);
    expect(client.connected).toBe(true);
  });

  it("matches concurrent replies to their guilds", async () => {
    for (const form of ["java", "documented"] as const) {
      const node = await startNode({ form });
      const client = makeClient(node);
      const guilds = Array.from({ length: 20 }, (_, index) => String(100 + index));
      for (const [index, guild] of guilds.entries()) void client.volume(guild, index / 10);
      const players = await Promise.all(guilds.map((guild) => client.getPlayer(guild)));
      expect(players.map((player) => player?.volume)).toEqual(guilds.map((_, index) => index / 10));
      expect(await client.getPlayer("999")).toBeNull();
      expect((await client.getStats("5")).players.total).toBe(0);
      expect(await client.ping("5")).toBeGreaterThan(0);
    }
  });
});

describe("a malformed message", () => {
  it("is reported as a problem with its field", async () => {
    const node = await startNode();
    const client = makeClient(node);
    await client.ping("5");
    const problems: unknown[] = [];
    client.on(ProblemEvent, ({ error }) => problems.push(error));
    for (const text of ["{", "[]", '{"op":"stats","stats":5}', '{"op":"event","type":"TrackStartEvent"}']) {
      node.sendText(text);
    }
    await client.ping("5");
    expect(problems.map(String)).toEqual([
      "MalformedDataError: message should be JSON",
      "MalformedDataError: message should be an object",
      expect.stringMatching(/^MalformedDataError: stats\.stats should be /),
      expect.stringMatching(/^MalformedDataError: event\.guildId should be /),
    ]);
  });
});

describe("a hostile node", () => {
  it("cannot prevent a reconnect with an invalid connection id", async () => {
    const node = await startNode();
    const client = makeClient(node);
    const problems: unknown[] = [];
    client.on(ProblemEvent, ({ error }) => problems.push(error));
    await client.ping("5");
    for (const id of ["a\r\nX-Injected: 1", "ä", "", "x".repeat(10_000)]) {
      node.sendText(JSON.stringify({ op: "connection-id", id }));
    }
    await client.ping("5");
    expect([client.connectionId, problems.length]).toEqual(["1", 4]);
    const back = nextEvent(client, WebSocketConnectEvent);
    node.drop();
    await back;
    expect(node.handshakes.at(-1)?.headers["andesite-resume-id"]).toBe("1");
  });

  it("cannot fill the state with unknown guilds", async () => {
    const node = await startNode();
    const state = new State();
    const client = makeClient(node, { state });
    await client.volume("5", 0.5);
    await client.ping("5");
    for (let guild = 0; guild < 3_000; guild++) {
      node.sendText(JSON.stringify({ op: "player-update", guildId: String(1_000 + guild), state: {} }));
    }
    node.sendText(JSON.stringify({ op: "player-update", guildId: "5", state: { volume: 70 } }));
    await client.ping("5");
    await state.whenHandled("5");
    expect(state.playerStates?.size).toBe(1_001);
    expect((await (await state.get("5")).getPlayer())?.volume).toBe(0.7);
    const strict = new State();
    const other = makeClient(node, { state: strict, maxUnknownGuilds: 0 });
    await other.ping("7");
    node.sendText(JSON.stringify({ op: "player-update", guildId: "8", state: {} }));
    await other.ping("7");
    expect(strict.playerStates?.size).toBe(0);
  });

  it("cannot end the process through a state that throws", async () => {
    const node = await startNode();
    class Broken extends State {
      override handleMessage(): Promise<void> {
        throw new Error("broken state");
      }
      override handleSentMessage(): Promise<void> {
        return Promise.reject(new Error("broken, too"));
      }
    }
    const client = makeClient(node, { state: new Broken() });
    const problems = new Set<string>();
    client.on(ProblemEvent, ({ error }) => problems.add(String(error)));
    await client.play("5", encoded("A"));
    await client.ping("5");
    expect([...problems].sort()).toEqual(["Error: broken state", "Error: broken, too"]);
    expect(client.connected).toBe(true);
  });
});
