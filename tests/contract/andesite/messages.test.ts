// What all classes of the Andesite document that send messages share, on a real node.

import { AbstractWebSocket, PlayerState, State, WebSocketConnectEvent } from "@asterite/andesite";
import { AbstractState, Pause, VoiceServerUpdate, Volume } from "@asterite/andesite/advanced";
import { Observable } from "@asterite/observable";
import { describe, expect, it } from "vitest";
import { until } from "../../support/andesite.ts";
import { newMessages, shareNode } from "../../support/shared-node.ts";

const shared = shareNode();

describe.each(["WebSocketBase", "WebSocket", "ClientBase", "Client"] as const)("%s", (name) => {
  // Shows andesite: AbstractWebSocket.event_target
  it("eventTarget: is the client itself if it emits events, otherwise an observable of its own", async () => {
    const client = newMessages(name, shared.node);
    const { eventTarget } = client;
    expect(eventTarget).toBeInstanceOf(Observable);
    expect(client.eventTarget).toBe(eventTarget);
    expect(eventTarget === (client as unknown)).toBe(name !== "WebSocketBase");
    const connected = eventTarget.subscribe(WebSocketConnectEvent).first();
    await client.send(shared.guild(), "ping", {});
    expect(await connected).toBeInstanceOf(WebSocketConnectEvent);
  });

  // Shows andesite: AbstractWebSocket.state/0-3,7
  it("state: is the given handler, can be replaced, and is disabled with false", async () => {
    const [client, guild] = [newMessages(name, shared.node, { state: false }), shared.guild()];
    expect(client.state).toBeNull();
    const handled: string[] = [];
    class Recorder extends AbstractState {
      readonly #states = new State();
      override get = (guildId: string) => this.#states.get(guildId);
      override handleSentMessage(guildId: string, op: string): Promise<void> {
        handled.push(`${op} ${guildId}`);
        return Promise.resolve();
      }
    }
    const recorder = new Recorder();
    client.state = recorder;
    expect(client.state).toBe(recorder);
    expect(client.state).toBeInstanceOf(AbstractState);
    await client.send(guild, "volume", { volume: 50 });
    await until(() => handled.length > 0);
    expect(handled).toEqual([`volume ${guild}`]);
    client.state = false;
    expect(client.state).toBeNull();
    await client.send(guild, "volume", { volume: 60 });
    await client.sendOperation(guild, new Volume(0.7));
    expect(handled).toHaveLength(1);
    client.state = null;
    expect(client.state).toBeInstanceOf(State);
  });

  // Shows andesite: AbstractWebSocket.state/4-5 AbstractWebSocket.load_player_state
  it("loadPlayerState: restores a player on the node, which assigning a state does not", async () => {
    const [client, guild] = [newMessages(name, shared.node), shared.guild()];
    const [state, track] = [new State(), shared.node.track("a song")];
    const player = await state.get(guild);
    await player.setTrack(track);
    const event = { token: "t", guild_id: guild, endpoint: null };
    await player.setVoiceServerUpdate(new VoiceServerUpdate("session", event));
    client.state = state;
    await client.send(guild, "ping", {});
    expect(shared.node.operations).toEqual([]);
    expect(player).toBeInstanceOf(PlayerState);
    expect(await client.loadPlayerState(player)).toBeUndefined();
    await until(() => shared.node.operations.length === 2);
    expect(shared.node.operations).toMatchObject([
      { op: "voice-server-update", guildId: guild, fields: { sessionId: "session", event } },
      { op: "play", guildId: guild, fields: { track } },
    ]);
    await expect.poll(() => shared.node.state(guild)).not.toBeNull();
  });

  // Shows andesite: AbstractWebSocket.state/6
  it("state: is none without one, if the client is no state itself", () => {
    expect(newMessages(name, shared.node, { state: false }).state).toBeNull();
  });

  // Shows andesite: AbstractWebSocket.send_operation/0-3,5
  it("sendOperation: sends an operation object, as send does with its fields", async () => {
    const [client, guild] = [newMessages(name, shared.node), shared.guild()];
    expect(await client.sendOperation(guild, new Pause(true))).toBeUndefined();
    await client.send(guild, "pause", { pause: true });
    await until(() => shared.node.operations.length === 2);
    const [asOperation, asMessage] = shared.node.operations;
    expect(asOperation).toMatchObject({ op: "pause", guildId: guild, fields: { pause: true } });
    expect(asOperation).toEqual(asMessage);
    await expect(client.sendOperation(guild, {} as never)).rejects.toThrow(TypeError);
  });
});

// Shows andesite: AbstractWebSocket.state/6
it("state: is the client itself if none was set and the client is a state", () => {
  // A class has one parent in JavaScript, so a state that is a client gets the members of clients otherwise.
  class Both extends State {
    declare readonly state: unknown;
  }
  const { prototype } = AbstractWebSocket;
  Object.defineProperty(Both.prototype, "state", Object.getOwnPropertyDescriptor(prototype, "state") ?? {});
  const both = new Both();
  expect(both.state).toBe(both);
});
