import { expect, it } from "vitest";
import { FakeAudio } from "./fake-audio.test-support.ts";
import { useFakeTime } from "./fake-time.test-support.ts";
import { StreamPlayer, type StreamStatus } from "./stream-player.ts";

const stall = 2_000;
const link = "https://node.example/listen/a";

function setUp() {
  const audio = new FakeAudio();
  const clock = useFakeTime();
  const player = new StreamPlayer(audio);
  return { audio, clock, player };
}

/** Starts a player and lets its stream begin. */
function play() {
  const parts = setUp();
  parts.player.start(link);
  parts.audio.emit("playing");
  return parts;
}

it.each(["error", "ended"] as const)(
  "reconnects after the event %s, later with each failure",
  async (name) => {
    const { audio, clock, player } = play();
    expect(player.status).toBe("playing");
    const gaps: number[] = [];
    for (let failure = 1; failure <= 8; failure++) {
      audio.emit(name);
      expect([player.status, audio.src, clock.pending]).toEqual(["reconnecting", "", 1]);
      const since = clock.now();
      while (audio.opened.length === failure) await clock.advance(50);
      gaps.push(clock.now() - since);
      expect(player.status).toBe("reconnecting");
    }
    expect(gaps[0]).toBeLessThanOrEqual(500);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(10_000);
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(5_000);
    expect(audio.opened).toEqual(Array.from({ length: 9 }, () => link));
  },
);

it("reconnects a stream that stalls or never begins, and begins anew with short delays once it plays", async () => {
  const { audio, clock, player } = play();
  for (let second = 0; second < 10; second++) {
    audio.currentTime++;
    await clock.advance(stall);
  }
  expect([player.status, audio.opened.length]).toEqual(["playing", 1]);
  await clock.advance(stall);
  expect(player.status).toBe("reconnecting");
  await clock.advance(500);
  expect(audio.opened).toHaveLength(2);
  await clock.advance(10_000);
  expect(audio.src).toBe("");
  await clock.advance(1_000);
  expect(audio.opened).toHaveLength(3);
  audio.emit("playing");
  audio.currentTime++;
  await clock.advance(stall);
  audio.emit("error");
  await clock.advance(500);
  expect(audio.opened).toHaveLength(4);
});

it("keeps a stream without audio while the music is paused, and watches it again after that", async () => {
  const { audio, clock, player } = play();
  player.setSilent(true);
  await clock.advance(3_600_000);
  expect([player.status, audio.opened.length]).toEqual(["playing", 1]);
  player.setSilent(false);
  await clock.advance(stall);
  expect(player.status).toBe("reconnecting");
  player.setSilent(true);
  await clock.advance(3_600_000);
  expect([player.status, audio.opened.length]).toEqual(["waiting", 2]);
  player.setSilent(false);
  expect(player.status).toBe("reconnecting");
  audio.emit("playing");
  expect(player.status).toBe("playing");
});

it("keeps a stream whose link is renewed or dropped, and uses the newest link for the next connection", () => {
  const { audio, clock, player } = play();
  player.setUrl("https://node.example/listen/b");
  player.setUrl(undefined);
  expect([player.status, audio.src]).toEqual(["playing", link]);
  audio.emit("error");
  expect([player.status, clock.pending]).toEqual(["waiting", 0]);
  player.setUrl("https://node.example/listen/c");
  expect([player.status, audio.src]).toEqual(["reconnecting", "https://node.example/listen/c"]);
});

it("follows a player to another node at once", () => {
  const { audio, player } = play();
  player.setUrl("https://other.example/listen/a");
  expect([player.status, audio.src]).toEqual(["connecting", "https://other.example/listen/a"]);
});

it("connects at once while it waits for a retry when the link is renewed or the device wakes", () => {
  const { audio, clock, player } = play();
  audio.emit("error");
  player.setUrl("https://node.example/listen/b");
  expect(audio.src).toBe("https://node.example/listen/b");
  audio.emit("error");
  player.wake();
  expect(audio.opened).toHaveLength(3);
  player.wake();
  expect([audio.opened.length, clock.pending]).toEqual([3, 1]);
});

it("waits for a gesture where the browser refuses to play, and after a pause outside of the page", async () => {
  const { audio, clock, player } = setUp();
  audio.isRefusing = true;
  player.start(link);
  await clock.advance(60_000);
  expect([player.status, audio.opened.length, clock.pending]).toEqual(["paused", 1, 0]);
  audio.isRefusing = false;
  player.resume();
  audio.emit("playing");
  audio.emit("pause");
  expect([player.status, clock.pending]).toEqual(["paused", 0]);
  player.setUrl("https://node.example/listen/b");
  audio.emit("play");
  expect([player.status, audio.src]).toEqual(["connecting", "https://node.example/listen/b"]);
});

it("does not take the end of a stream for a pause", () => {
  const { audio, player } = play();
  audio.ended = true;
  audio.emit("pause");
  audio.emit("ended");
  expect(player.status).toBe("reconnecting");
});

it.each<[StreamStatus, (parts: ReturnType<typeof setUp>) => void]>([
  ["connecting", ({ player }) => player.start(link)],
  ["waiting", ({ player }) => player.start(undefined)],
  [
    "playing",
    ({ player, audio }) => {
      player.start(link);
      audio.emit("playing");
    },
  ],
  [
    "reconnecting",
    ({ player, audio }) => {
      player.start(link);
      audio.emit("error");
    },
  ],
  ["paused", ({ player }) => player.suspend()],
])("ends for good when it is stopped while %s", async (status, prepare) => {
  const parts = setUp();
  const { audio, clock, player } = parts;
  prepare(parts);
  expect(player.status).toBe(status);
  player.stop();
  expect([player.status, audio.src, clock.pending]).toEqual(["stopped", "", 0]);
  const opened = audio.opened.length;
  for (const name of ["playing", "error", "ended", "pause", "play"] as const) audio.emit(name);
  player.setUrl("https://node.example/listen/b");
  player.resume();
  player.wake();
  await clock.advance(60_000);
  expect([player.status, audio.opened.length]).toEqual(["stopped", opened]);
});
