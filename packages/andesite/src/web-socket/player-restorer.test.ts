import type { ScriptedNode } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import {
  OperationFailedEvent,
  PlayerState,
  ProblemEvent,
  RawMsgReceiveEvent,
  State,
  TrackStartEvent,
  type WebSocket,
  WebSocketConnectEvent,
  WebSocketDisconnectEvent,
} from "../index.ts";
import { encoded, makeClient, nextEvent, startNode, waitUntil } from "../nodes.test-support.ts";
import { playerTransferOf } from "./player-transfer.ts";

describe("with a state, a reconnect", () => {
  it("restores players on a restarted node, and sends unacknowledged operations again", async () => {
    const node = await startNode();
    const client = makeClient(node, { state: true });
    await client.voiceServerUpdate("5", "s", { endpoint: "e", token: "t", guild_id: "5" });
    await client.play("5", encoded("A"), { volume: 0.5 });
    await client.mixer("5", false, {});
    await client.ping("5");
    node.onOperation = ({ op }) => op === "pause";
    await client.pause("5", true);
    await client.ping("5");
    node.onOperation = null;
    node.operations.length = 0;
    await node.die();
    const back = nextEvent(client, WebSocketConnectEvent);
    await node.restart();
    await back;
    await client.ping("5");
    expect(node.player("5")).toMatchObject({ track: encoded("A"), volume: 50 });
    expect(node.opsOf("5").slice(0, 2)).toEqual(["voice-server-update", "play"]);
  });

  it("leaves players that the node still has unchanged, and receives their events again", async () => {
    const node = await startNode();
    const client = makeClient(node, { state: true, eventBufferSeconds: 0 });
    await client.play("5", encoded("A"));
    await client.ping("5");
    node.operations.length = 0;
    const back = nextEvent(client, WebSocketConnectEvent);
    node.drop();
    await back;
    await client.ping("5");
    expect(node.operations.map(({ op, fields }) => [op, fields["noReplace"]])).toEqual([["play", true]]);
    const events: unknown[] = [];
    client.on(RawMsgReceiveEvent, ({ body }) => body["op"] === "event" && events.push(body["type"]));
    node.endTrack("5");
    await client.ping("5");
    expect(events).toEqual(["TrackEndEvent"]);
  });
});

/** Waits until the node has acknowledged all operations. */
const settle = async (client: WebSocket) => {
  await client.ping("5");
  await client.ping("5");
};
/** Drops the connection and waits until it is restored and all operations are acknowledged. */
const cut = async (node: ScriptedNode, client: WebSocket) => {
  const back = nextEvent(client, WebSocketConnectEvent);
  node.drop();
  await back;
  await settle(client);
};
/** Like `cut`, but restarts the node, so that its operations are those after the restart. */
const restart = async (node: ScriptedNode, client: WebSocket) => {
  await node.die();
  node.operations.length = 0;
  const back = nextEvent(client, WebSocketConnectEvent);
  await node.restart();
  await back;
  await settle(client);
};
const fieldsOf = (node: ScriptedNode, op: string) =>
  node.operations.filter((operation) => operation.op === op).map(({ fields }) => fields);

describe("a lost connection", () => {
  it("does not restart a track whose start the node has reported", async () => {
    const node = await startNode();
    const client = makeClient(node, { state: true });
    await client.connect();
    // The node reports the start, and the connection is lost before any other reply.
    client.once(TrackStartEvent, () => node.drop());
    node.onPing = () => true;
    const back = nextEvent(client, WebSocketConnectEvent);
    await client.play("5", encoded("A"));
    await back;
    node.onPing = null;
    await settle(client);
    expect(fieldsOf(node, "play").map(({ noReplace }) => noReplace)).toEqual([false, true]);
  });

  it("does not restart a track whose play the node has processed, acknowledged or not", async () => {
    const node = await startNode();
    // No event is replayed, so the client never receives the start of the track.
    const client = makeClient(node, { state: true, eventBufferSeconds: 0 });
    await client.connect();
    node.muteEvents = true;
    await client.play("5", encoded("A"));
    await settle(client);
    const back = nextEvent(client, WebSocketConnectEvent);
    node.drop();
    await back;
    node.muteEvents = false;
    await settle(client);
    expect(fieldsOf(node, "play").map(({ noReplace }) => noReplace)).toEqual([false, true]);
    const ended = nextEvent(client, RawMsgReceiveEvent);
    node.endTrack("5");
    expect((await ended).body).toMatchObject({ type: "TrackEndEvent" });
  });

  it("makes the client send a play again that the node did not receive", async () => {
    const node = await startNode();
    const client = makeClient(node, { state: true });
    await client.play("5", encoded("A"));
    await settle(client);
    node.onOperation = ({ op }) => op === "play";
    node.onPing = () => true;
    await client.play("5", encoded("B"));
    node.onOperation = null;
    node.onPing = null;
    await cut(node, client);
    expect(node.player("5")?.track).toBe(encoded("B"));
  });

  it("does not make the client send a play again that the node refused", async () => {
    const node = await startNode();
    const client = makeClient(node, { state: true });
    await client.connect();
    node.onOperation = ({ op }) => op === "play";
    node.onPing = () => true;
    await client.play("5", encoded("A"));
    await client.play("5", encoded("B"));
    const failed = nextEvent(client, OperationFailedEvent);
    const failure = { type: "OperationFailedEvent", operation: "play", track: encoded("A"), error: "no" };
    node.sendText(
      JSON.stringify({
        op: "event",
        userId: "1",
        guildId: "5",
        exception: { class: "X", message: "no", suppressed: [], cause: null },
        ...failure,
      }),
    );
    await failed;
    node.onOperation = null;
    node.onPing = null;
    node.operations.length = 0;
    await cut(node, client);
    expect(fieldsOf(node, "play").map(({ track }) => track)).toEqual([encoded("B")]);
  });

  it("makes the client send a voice server update again that the node did not receive", async () => {
    const node = await startNode();
    const client = makeClient(node, { state: true });
    await client.play("5", encoded("A"));
    await settle(client);
    node.onOperation = ({ op }) => op === "voice-server-update";
    node.onPing = () => true;
    await client.voiceServerUpdate("5", "s", { endpoint: "e", token: "t", guild_id: "5" });
    node.onOperation = null;
    node.onPing = null;
    node.operations.length = 0;
    await cut(node, client);
    expect(fieldsOf(node, "voice-server-update")).toMatchObject([{ sessionId: "s" }]);
  });

  it("during a restore leaves no player unrestored", async () => {
    const node = await startNode();
    const client = makeClient(node, { state: true });
    await client.play("5", encoded("A"), { volume: 0.5 });
    await settle(client);
    await node.die();
    node.operations.length = 0;
    let queries = 0;
    node.onOperation = ({ op }) => {
      if (op !== "get-player" || ++queries > 2) return false;
      node.drop();
      return true;
    };
    const back = nextEvent(client, WebSocketConnectEvent);
    await node.restart();
    await back;
    await settle(client);
    expect(fieldsOf(node, "play")).toMatchObject([{ track: encoded("A"), volume: 50 }]);
    // These operations are acknowledged again, so the next lost connection repeats none of them.
    await client.seek("5", 1);
    await settle(client);
    await cut(node, client);
    expect(node.opsOf("5").filter((op) => op === "seek")).toHaveLength(1);
  });
});

describe("a guild that is moved away and back during a restore", () => {
  it("gets a new player", async () => {
    const node = await startNode();
    const client = makeClient(node, { state: true, restoreTimeoutMs: 100 });
    await client.play("5", encoded("A"), { volume: 0.5 });
    await settle(client);
    node.operations.length = 0;
    const handover = playerTransferOf(client);
    const queried = new Promise<void>((resolve) => {
      node.onOperation = ({ op }) => {
        if (op === "get-player") resolve();
        return op === "get-player";
      };
    });
    const back = nextEvent(client, WebSocketConnectEvent);
    node.drop();
    await queried;
    expect(handover?.releaseGuild("5")).toEqual([]);
    await handover?.adoptGuild("5");
    await back;
    await settle(client);
    expect(node.opsOf("5")).toEqual(["destroy", "play"]);
    expect(node.player("5")).toMatchObject({ track: encoded("A"), volume: 50 });
  });
});

describe("a restarted node", () => {
  it("gets the settings of a player without a track", async () => {
    const node = await startNode();
    const client = makeClient(node, { state: true });
    await client.volume("5", 0.25);
    await client.filters("5", { tremolo: { frequency: 4, depth: 0.5 } });
    await client.pause("5", true);
    await settle(client);
    await restart(node, client);
    expect(node.player("5")).toMatchObject({
      volume: 25,
      paused: true,
      filters: { tremolo: { frequency: 4 } },
    });
    expect(node.opsOf("5")).toEqual(["update"]);
  });

  it("gets no player with default settings", async () => {
    const node = await startNode();
    const client = makeClient(node, { state: true });
    await client.stop("5");
    await settle(client);
    await restart(node, client);
    expect(node.operations).toEqual([]);
  });

  it("gets the mixer without finished tracks", async () => {
    const node = await startNode();
    const client = makeClient(node, { state: true });
    await client.send("5", "mixer", {
      players: { long: { track: encoded("L") }, short: { track: encoded("S") } },
    });
    await settle(client);
    Object.assign(node.player("5")?.mixer.get("short") ?? {}, { track: null });
    await client.getPlayer("5");
    await settle(client);
    await restart(node, client);
    expect([...(node.player("5")?.mixer.keys() ?? [])]).toEqual(["long"]);
  });

  it("gets no player with an unacknowledged destroy", async () => {
    const node = await startNode();
    const client = makeClient(node, { state: true });
    await client.play("5", encoded("A"));
    await settle(client);
    node.onPing = () => true;
    await client.destroy("5");
    node.operations.length = 0;
    await node.die();
    node.onPing = null;
    const back = nextEvent(client, WebSocketConnectEvent);
    await node.restart();
    await back;
    await settle(client);
    expect(node.opsOf("5")).toEqual(["destroy"]);
    expect(node.player("5")).toBeUndefined();
  });
});

describe("a store", () => {
  class Failing extends PlayerState {
    override getTrack(): Promise<string | null> {
      return this.guildId === "5" ? Promise.reject(new Error("store is down")) : super.getTrack();
    }
  }

  it("that fails for one guild prevents neither other guilds nor the connection from being restored", async () => {
    const node = await startNode();
    const state = new State({ stateFactory: (guildId) => new Failing(guildId) });
    const client = makeClient(node, { state });
    const problems: unknown[] = [];
    client.on(ProblemEvent, ({ error }) => problems.push(error));
    await client.play("5", encoded("A"));
    await client.play("6", encoded("B"));
    await settle(client);
    await restart(node, client);
    expect(node.player("6")?.track).toBe(encoded("B"));
    expect(problems.map(String)).toEqual(["Error: store is down"]);
  });

  it("that never responds delays the connection only up to the time limit", async () => {
    const node = await startNode();
    class Stuck extends PlayerState {
      override getTrack(): Promise<never> {
        return new Promise(() => {});
      }
    }
    const state = new State({ stateFactory: (guildId) => new Stuck(guildId) });
    const client = makeClient(node, { state, restoreTimeoutMs: 50 });
    const problems: unknown[] = [];
    client.on(ProblemEvent, ({ error }) => problems.push(error));
    const guildIds = Array.from({ length: 100 }, (_, index) => String(100 + index));
    await Promise.all(guildIds.map((guildId) => client.play(guildId, encoded("A"))));
    await settle(client);
    await node.die();
    const back = nextEvent(client, WebSocketConnectEvent);
    await node.restart();
    await back;
    expect(problems.map((error) => (error as Error).name)).toContain("TimeoutError");
    // One time limit for all guilds, not one each.
    expect(problems.length).toBeLessThanOrEqual(32);
    await settle(client);
  });

  it("that is slow is read only after it has handled earlier messages", async () => {
    const node = await startNode();
    const gate = Promise.withResolvers<void>();
    class Slow extends PlayerState {
      override async setTrack(track: string | null): Promise<void> {
        if (track === null) await gate.promise;
        await super.setTrack(track);
      }
    }
    const state = new State({ stateFactory: (guildId) => new Slow(guildId) });
    const client = makeClient(node, { state });
    await client.play("5", encoded("A"));
    await settle(client);
    node.endTrack("5");
    await settle(client);
    node.operations.length = 0;
    await node.die();
    const back = nextEvent(client, WebSocketConnectEvent);
    // The node has reported that the player is gone before the store continues.
    client.on(RawMsgReceiveEvent, ({ body }) => {
      if (body["op"] === "player-update" && body["state"] === null) setImmediate(() => gate.resolve());
    });
    await node.restart();
    await back;
    await settle(client);
    // The track has ended, although the store handles it late.
    expect(node.opsOf("5")).not.toContain("play");
  });
});

describe("a sent payload", () => {
  it("is stored as it was sent, even if the caller changes it afterwards", async () => {
    const node = await startNode();
    const client = makeClient(node, { state: true });
    const payload = { sessionId: "first", event: { token: "t" } };
    const sent = client.send("5", "voice-server-update", payload);
    payload.sessionId = "changed";
    await sent;
    await settle(client);
    expect(fieldsOf(node, "voice-server-update")).toMatchObject([{ sessionId: "first" }]);
    const remembered = await (await client.state?.get("5"))?.getVoiceServerUpdate();
    expect(remembered?.sessionId).toBe("first");
  });
});

describe("a disconnect during a restore", () => {
  it("resolves when the restore has ended, and leaves no timers", async () => {
    const node = await startNode();
    const client = makeClient(node, { state: true });
    await client.play("5", encoded("A"));
    await settle(client);
    node.onOperation = ({ op }) => op === "get-player";
    const lost = nextEvent(client, WebSocketDisconnectEvent);
    node.drop();
    await lost;
    await waitUntil(() => node.sessions.length === 1);
    await client.disconnect();
    await waitUntil(() => node.sessions.length === 0);
    node.onOperation = null;
    await settle(client);
    expect(node.sessions).toHaveLength(1);
  });
});
