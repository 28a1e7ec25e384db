import { encodeTrack } from "@asterite/lavaplayer-track";
import { makeObservable, Observable } from "@asterite/observable";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { InvalidTypeError } from "../errors.ts";
import { Player } from "../models/player.ts";
import { VoiceServerUpdate } from "../operations/connection.ts";
import { Seek } from "../operations/playback.ts";
import { PlayerState } from "../state/player-state.ts";
import { State } from "../state/state.ts";
import { AbstractWebSocket } from "./abstract-web-socket.ts";
import { AbstractWebSocketClient } from "./abstract-web-socket-client.ts";

class Recorder extends AbstractWebSocket {
  closed = false;
  readonly sent: unknown[] = [];

  async close() {
    this.closed = await Promise.resolve(true);
  }

  async reset() {
    this.closed = await Promise.resolve(false);
  }

  /** Takes a turn of the event loop, so that concurrent messages would interleave. */
  async send(...message: Parameters<AbstractWebSocket["send"]>) {
    this.sent.push("start");
    await new Promise((resolve) => setImmediate(resolve));
    this.sent.push(message);
  }
}
const ObservableRecorder = makeObservable(class extends Recorder {});

describe("eventTarget", () => {
  it("is the client itself when it is observable, otherwise a separate observable", () => {
    const observable = new ObservableRecorder();
    expect(observable.eventTarget).toBe(observable);
    const plain = new Recorder();
    expect(plain.eventTarget).toBeInstanceOf(Observable);
    expect(plain.eventTarget).toBe(plain.eventTarget);
    expect(plain.eventTarget).not.toBe(new Recorder().eventTarget);
  });
});

describe("state", () => {
  it("is null until set", () => {
    const client = new Recorder();
    expect(client.state).toBe(null);
    const state = new State();
    client.state = state;
    expect(client.state).toBe(state);
    client.state = false;
    expect(client.state).toBe(null);
    for (const given of [true, null, undefined]) {
      const before = client.state;
      client.state = given;
      expect(client.state).toBeInstanceOf(State);
      expect(client.state).not.toBe(before);
      expect(client.state).toBe(client.state);
    }
    for (const wrong of [5, "x", {}, new PlayerState("1")]) {
      expect(() => {
        client.state = wrong as never;
      }).toThrow(InvalidTypeError);
    }
  });
});

describe("operations", () => {
  it("are sent by name, and rejected when they cannot be serialized", async () => {
    await using client = new Recorder();
    await client.sendOperation("1", new Seek(1.5));
    expect(client.sent).toEqual(["start", ["1", "seek", { position: 1500 }]]);
    await expect(client.sendOperation("1", new Seek(Number.NaN))).rejects.toThrow(RangeError);
  });
});

describe("loadPlayerState", () => {
  const now = 1_700_000_000_000;
  const track = encodeTrack({
    info: { title: "t", author: "a", duration: 60, identifier: "i" },
    source: "youtube",
  });
  const raw = { time: now - 5_000, position: 10_000, volume: 50, filters: { tremolo: { frequency: 3 } } };
  const voice = new VoiceServerUpdate("s", { token: "t" });
  const filters = { tremolo: { frequency: 3, depth: 0.5 } };

  beforeEach(() => void vi.useFakeTimers({ now, toFake: ["Date"] }));
  afterEach(() => void vi.useRealTimers());

  const load = async (fill: (state: PlayerState) => Promise<unknown>) => {
    const state = new PlayerState("7");
    await fill(state);
    const client = new Recorder();
    await client.loadPlayerState(state);
    // Each message is sent after the previous one was transmitted.
    expect(client.sent.filter((_, index) => index % 2 === 0).every((entry) => entry === "start")).toBe(true);
    return client.sent.filter((entry) => entry !== "start");
  };

  it("sends voice server update, track, filters and mixer, in this order", async () => {
    const mixer = { bg: { ...raw, paused: true }, gone: raw };
    const sent = await load(async (state) => {
      await state.setVoiceServerUpdate(voice);
      await state.setTrack(track);
      await state.setPlayer(Player.fromRaw({ ...raw, mixer, mixerEnabled: true }));
      await state.setMixer({ bg: track, constructor: "unknown" });
    });
    const volume = 50;
    expect(sent).toEqual([
      ["7", "voice-server-update", { sessionId: "s", event: { token: "t" } }],
      ["7", "play", { track, start: 15_000, pause: false, volume, noReplace: false }],
      ["7", "update", { filters }],
      [
        "7",
        "mixer",
        {
          enable: true,
          players: {
            bg: { track, start: 10_000, pause: true, volume, noReplace: false, filters },
            constructor: { track: "unknown", noReplace: false },
          },
        },
      ],
    ]);
  });

  it("sends only the track when the state has no player", async () => {
    expect(await load((state) => state.setTrack(track))).toEqual([
      ["7", "play", { track, noReplace: false }],
    ]);
  });

  it("sends only the voice server update without a track", async () => {
    expect(await load((state) => state.setPlayer(Player.fromRaw(raw)))).toEqual([]);
    expect(await load((state) => state.setVoiceServerUpdate(voice))).toHaveLength(1);
  });

  it("does not start after the end of a track of known length", async () => {
    const late = Player.fromRaw({ ...raw, time: now - 3_600_000, filters: {} });
    const start = async (encoded: string) => {
      const sent = await load(async (state) => {
        await state.setPlayer(late);
        await state.setTrack(encoded);
      });
      expect(sent).toHaveLength(1);
      return sent[0];
    };
    expect(await start(track)).toMatchObject(["7", "play", { start: 60_000 }]);
    expect(await start("unknown")).toMatchObject(["7", "play", { start: 3_610_000 }]);
  });
});

describe("connectionId", () => {
  it("can be deleted in two ways", () => {
    abstract class Base extends AbstractWebSocketClient {
      id: string | null = "42";
      override get connectionId(): string | null {
        return this.id;
      }
      override set connectionId(id: null) {
        this.id = id;
      }
    }
    const client = Object.create(Base.prototype) as Base;
    client.id = "42";
    expect(client.connectionId).toBe("42");
    client.connectionId = null;
    expect(client.connectionId).toBe(null);
    client.id = "43";
    client.deleteConnectionId();
    expect(client.connectionId).toBe(null);
  });
});
