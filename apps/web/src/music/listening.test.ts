import { expect, it, onTestFinished } from "vitest";
import { parseCommands } from "./bot-commands.ts";
import { FakeAudio } from "./fake-audio.test-support.ts";
import { useFakeTime } from "./fake-time.test-support.ts";
import { type ListenedSession, Listening, type ListeningTarget } from "./listening.ts";
import { listeningLock } from "./listening-lock.ts";
import { parseMusic } from "./music-state.ts";
import { StreamPlayer } from "./stream-player.ts";

const server = "garden.example:2345";
const origin = "https://garden.example:2345";
const target = { server, channel: 1 };
const link = `${origin}/listen/a`;
const music = parseMusic({ v: 1, player: null, queue: [], listen: "/listen/a" });
const commands = parseCommands({ v: 1, prefix: "!", commands: [] }, 5);

/** Opens a tab, with the target that it had before a reload. */
function openTab(before: ListeningTarget | null = null, lock = listeningLock()) {
  let stored = before;
  const storage = {
    get: () => stored,
    set: (value: ListeningTarget | null) => {
      stored = value;
    },
  };
  const audio = new FakeAudio();
  const clock = useFakeTime();
  const listening = new Listening(new StreamPlayer(audio), storage, lock);
  onTestFinished(() => listening.stop());
  return { audio, clock, listening, storage };
}

/** Returns a session that is ready, with a bot that plays. */
const session = (changes: Partial<ListenedSession> = {}): ListenedSession => ({
  key: server,
  origin,
  status: "ready",
  serverInfo: { channels: [{ uuid: 1 }] },
  music: { forChannel: () => music, musicCommandsIn: () => commands },
  ...changes,
});

const idle = { forChannel: () => undefined, musicCommandsIn: () => commands };
const offline = { forChannel: () => undefined, musicCommandsIn: () => undefined };

it("stores the target of the tab until it stops", () => {
  const { audio, listening, storage } = openTab();
  listening.start(target, link);
  expect([storage.get(), listening.isOn(server, 1), audio.src]).toEqual([target, true, link]);
  listening.stop();
  expect([storage.get(), listening.target, audio.src]).toEqual([null, undefined, ""]);
});

it("continues after a reload as soon as the link is known", async () => {
  const { audio, listening } = openTab(target);
  listening.follow([session({ status: "connecting", music: offline })]);
  await listening.restore();
  expect(listening.player.status).toBe("waiting");
  listening.follow([session()]);
  expect(audio.src).toBe(link);
});

it("continues after a reload if the link was known before the lock was granted", async () => {
  const { audio, listening } = openTab(target);
  const restored = listening.restore();
  listening.follow([session()]);
  expect(audio.src).toBe("");
  await restored;
  expect(audio.opened).toEqual([link]);
});

it("stays silent in a duplicated tab, and stops in the tab from which another one takes over", async () => {
  const first = openTab();
  first.listening.start(target, link);
  const duplicate = openTab(target, listeningLock(20));
  await duplicate.listening.restore();
  expect([duplicate.storage.get(), duplicate.audio.opened]).toEqual([null, []]);
  expect(first.listening.target).toEqual(target);

  duplicate.listening.start(target, link);
  await expect.poll(() => first.storage.get()).toBeNull();
  expect([first.audio.src, duplicate.audio.src]).toEqual(["", link]);
  duplicate.listening.start({ server, channel: 2 }, link);
  await expect.poll(() => navigator.locks.query().then(({ held }) => held?.length)).toBe(1);
  expect(duplicate.listening.isOn(server, 2)).toBe(true);
});

it("continues when the user comes back to the page, unless the user has paused it or another tab listens", async () => {
  const first = openTab(null, listeningLock(20));
  first.listening.start(target, link);
  first.audio.emit("playing");
  first.listening.leave();
  expect([first.audio.src, first.storage.get()]).toEqual(["", target]);
  await first.listening.comeBack();
  expect(first.audio.opened).toEqual([link, link]);

  first.audio.emit("playing");
  first.audio.emit("pause");
  first.listening.leave();
  await first.listening.comeBack();
  expect([first.listening.player.status, first.audio.opened.length]).toEqual(["paused", 2]);
  first.listening.player.resume();

  first.listening.leave();
  const other = openTab();
  other.listening.start(target, link);
  await expect.poll(() => navigator.locks.query().then(({ held }) => held?.length)).toBe(1);
  await first.listening.comeBack();
  expect([first.storage.get(), first.audio.opened.length, other.audio.src]).toEqual([null, 3, link]);
});

it("waits for a gesture after a reload where browsers have no locks", async () => {
  const { audio, listening } = openTab(target, {
    take: () => {},
    request: async () => "unknown",
    release: () => {},
  });
  await listening.restore();
  listening.follow([session()]);
  expect([listening.player.status, audio.opened]).toEqual(["paused", []]);
  listening.player.resume();
  expect(audio.opened).toEqual([link]);
});

it("waits without retries while the bot is idle, and for as long as the server is away", async () => {
  const { audio, clock, listening } = openTab();
  listening.start(target, link);
  audio.emit("playing");
  for (const away of [session({ music: idle }), session({ status: "lost", music: offline })]) {
    listening.follow([away]);
    audio.emit("error");
    await clock.advance(3_600_000);
    expect([listening.player.status, clock.pending]).toEqual(["waiting", 0]);
    listening.follow([session()]);
    expect(audio.src).toBe(link);
    audio.emit("playing");
  }
});

it("outlasts a restart of the bot, and ends when the bot stays offline", async () => {
  const { audio, clock, listening } = openTab();
  listening.start(target, link);
  listening.follow([session({ music: offline })]);
  audio.emit("error");
  await clock.advance(59_000);
  listening.follow([session()]);
  audio.emit("playing");
  audio.emit("error");
  listening.follow([session({ music: offline })]);
  await clock.advance(59_000);
  expect(listening.player.status).toBe("waiting");
  await clock.advance(1_000);
  expect([listening.target, listening.player.status, clock.pending]).toEqual([undefined, "stopped", 0]);
});

it.each<[string, readonly ListenedSession[]]>([
  ["the user signs out", [session({ status: "signed-out" })]],
  ["the server is removed", []],
  ["the channel is deleted", [session({ serverInfo: { channels: [{ uuid: 2 }] } })]],
])("ends when %s", (_, sessions) => {
  const { audio, clock, listening, storage } = openTab();
  listening.start(target, link);
  audio.emit("error");
  listening.follow(sessions);
  expect([storage.get(), listening.player.status, clock.pending]).toEqual([null, "stopped", 0]);
});
