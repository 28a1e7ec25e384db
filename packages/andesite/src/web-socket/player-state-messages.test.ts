import { encodeTrack } from "@asterite/lavaplayer-track";
import { describe, expect, it } from "vitest";
import { Player } from "../models/player.ts";
import { VoiceServerUpdate } from "../operations/connection.ts";
import { Play } from "../operations/playback.ts";
import { noDetails, type PlayerDetails } from "../state/player-details.ts";
import { type MixerTracks, PlayerState } from "../state/player-state.ts";
import { movedPlayerMessages, playerStateMessages } from "./player-state-messages.ts";

const encode = (info: { readonly duration?: number; readonly isStream?: boolean }): string =>
  encodeTrack({ info: { title: "", author: "", identifier: "a", ...info }, source: "youtube" });
const minute = encode({ duration: 60 });

interface Stored {
  readonly player?: object;
  readonly track?: string;
  readonly mixer?: MixerTracks;
  readonly details?: Partial<PlayerDetails>;
}

async function stateOf({ player, track = "", mixer, details }: Stored): Promise<PlayerState> {
  const state = new PlayerState("5");
  await state.setPlayer(player ? Player.fromRaw(player) : null);
  await state.setTrack(track || null);
  await state.setMixer(mixer ?? {});
  await state.setDetails({ ...noDetails, ...details });
  return state;
}

const restored = async (stored: Stored) => playerStateMessages(await stateOf(stored));
const moved = async (stored: Stored) => movedPlayerMessages(await stateOf(stored));
const tremolo = { tremolo: { frequency: 4, depth: 0.5, enabled: true } };

describe("the position of a restored track", () => {
  const startOf = async (position: number, track: string, end?: number) => {
    const play = new Play(track, { end });
    const [message] = await restored({
      player: { position, paused: true },
      track,
      details: { play },
    });
    return message?.payload["start"];
  };

  it("is that of the player, at most the end of the track", async () => {
    expect(await startOf(5_000, minute)).toBe(5_000);
    expect(await startOf(70_000, minute)).toBe(60_000);
  });

  it("stays before the end marker", async () => {
    expect(await startOf(29_000, minute, 30)).toBe(29_000);
    expect(await startOf(31_000, minute, 30)).toBe(29_999);
  });

  it("has no limit in streams, tracks without a duration, and formats of other nodes", async () => {
    for (const track of [encode({ isStream: true, duration: 60 }), "!"]) {
      expect(await startOf(7_200_000, track)).toBe(7_200_000);
    }
  });

  it("advances with the time while the player is not paused", async () => {
    const player = { position: 1_000, time: String(Date.now() - 20_000) };
    const [message] = await restored({ player, track: minute });
    expect(message?.payload["start"]).toBeGreaterThanOrEqual(21_000);
    expect(message?.payload["start"]).toBeLessThan(60_000);
  });

  it("is the start of its play where the node has reported no player", async () => {
    const play = new Play(minute, { start: 7, end: 30, pause: true, volume: 0.5, normalize: true });
    expect(await restored({ track: minute, details: { play } })).toEqual([
      {
        op: "play",
        payload: {
          track: minute,
          start: 7_000,
          end: 30_000,
          pause: true,
          volume: 50,
          noReplace: false,
          normalize: true,
        },
      },
    ]);
    const [unknown] = await restored({ track: minute });
    expect(unknown?.payload).toEqual({ track: minute, noReplace: false });
  });
});

describe("a restored player", () => {
  it("gets its voice server first, then track, filters and the next track", async () => {
    const play = new Play(minute, { radio: false });
    const next = new Play("B", { next: true, start: 1, end: 9, radio: true, crossfade: 2, userData: 7 });
    const state = await stateOf({
      player: { position: 0, paused: true, volume: 30, filters: tremolo },
      track: minute,
      details: { play, next, customFilters: { reverb: { room: 1 }, tremolo: { frequency: 9 } } },
    });
    await state.setVoiceServerUpdate(
      VoiceServerUpdate.fromRaw({ sessionId: "s", event: { token: "t", endpoint: "e", guild_id: "5" } }),
    );
    const messages = await playerStateMessages(state);
    expect(messages.map(({ op }) => op)).toEqual(["voice-server-update", "play", "update", "play"]);
    expect(messages[1]?.payload).toMatchObject({ start: 0, pause: true, volume: 30, radio: true });
    // A reported filter is newer than the one that was sent.
    expect(messages[2]?.payload).toMatchObject({
      filters: { tremolo: { frequency: 4 }, reverb: { room: 1 } },
    });
    expect(Object.keys(messages[2]?.payload ?? {})).toEqual(["filters"]);
    expect(messages[3]?.payload).toEqual({ ...next.toRaw(), userData: 7 });
  });

  it("gets its mixer, without players whose tracks have ended", async () => {
    const deck = { play: new Play("A", { normalize: true }), customFilters: { reverb: { room: 1 } } };
    const messages = await restored({
      player: {
        mixerEnabled: true,
        mixer: {
          ended: { position: null },
          playing: { position: 2_000, paused: true, volume: 40 },
        },
      },
      mixer: { ended: minute, playing: minute, toString: minute },
      details: { mixer: { playing: deck } },
    });
    expect(messages.map(({ op }) => op)).toEqual(["mixer"]);
    expect(messages[0]?.payload).toMatchObject({ enable: true });
    expect(messages[0]?.payload["players"]).toEqual({
      playing: {
        track: minute,
        start: 2_000,
        pause: true,
        volume: 40,
        noReplace: false,
        normalize: true,
        filters: { reverb: { room: 1 } },
      },
      toString: { track: minute, noReplace: false },
    });
  });

  it("gets no mixer when all of its tracks have ended", async () => {
    const player = { mixer: { a: { position: null } } };
    expect(await restored({ player, mixer: { a: minute } })).toEqual([]);
  });
});

describe("a player without a track that moves to another node", () => {
  const settings = { pause: false, volume: 100 };

  it("gets the settings for its next track", async () => {
    expect(await moved({ player: { paused: true } })).toEqual([
      { op: "update", payload: { ...settings, pause: true } },
    ]);
    expect(await moved({ player: { volume: 50 } })).toEqual([
      { op: "update", payload: { ...settings, volume: 50 } },
    ]);
    expect(await moved({ player: { filters: tremolo } })).toMatchObject([
      { op: "update", payload: { ...settings, filters: { tremolo: { frequency: 4 } } } },
    ]);
    expect(await moved({ details: { customFilters: { reverb: { room: 1 } } } })).toEqual([
      { op: "update", payload: { ...settings, filters: { reverb: { room: 1 } } } },
    ]);
  });

  it("gets nothing with the settings of a new player", async () => {
    expect(await moved({})).toEqual([]);
    const disabled = { tremolo: { frequency: 2, depth: 0.5, enabled: false } };
    expect(await moved({ player: { volume: 100, paused: false, filters: disabled } })).toEqual([]);
  });

  it("gets its settings before the mixer, and after the voice server", async () => {
    const state = await stateOf({ player: { volume: 50 }, mixer: { a: minute } });
    await state.setVoiceServerUpdate(
      VoiceServerUpdate.fromRaw({ sessionId: "s", event: { token: "t", endpoint: "e", guild_id: "5" } }),
    );
    const ops = (await movedPlayerMessages(state)).map(({ op }) => op);
    expect(ops).toEqual(["voice-server-update", "update", "mixer"]);
  });

  it("gets them with its track, if it has one", async () => {
    const messages = await moved({ player: { volume: 50, paused: true, position: 0 }, track: minute });
    expect(messages.map(({ op }) => op)).toEqual(["play"]);
  });
});
