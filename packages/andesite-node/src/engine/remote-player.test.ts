import { TrackError } from "@asterite/audio/media";
import { Track } from "@asterite/lavaplayer-track";
import { expect, it } from "vitest";
import type { AudioReport, Command } from "./messages.ts";
import { type DeckTrack, defaultPlayOptions } from "./remote-deck.ts";
import { RemotePlayer } from "./remote-player.ts";
import { SharedDeckStats } from "./shared-deck-stats.ts";
import type { AudioThread } from "./worker-pool.ts";

/** A thread that records its commands. */
class RecordingThread implements AudioThread {
  readonly startedMs = 0;
  readonly load = undefined;
  readonly commands: Command[] = [];

  send(command: Command): void {
    this.commands.push(command);
  }

  get types(): string[] {
    return this.commands.map(({ type }) => type);
  }

  /** The last command of a type. */
  last<Type extends Command["type"]>(type: Type): (Command & { readonly type: Type }) | undefined {
    return this.commands.findLast(
      (command): command is Command & { readonly type: Type } => command.type === type,
    );
  }
}

/** Creates a player whose pool has one thread. */
function createPlayer() {
  const thread = new RecordingThread();
  const reports: AudioReport[] = [];
  const released: AudioThread[] = [];
  const player = new RemotePlayer(
    1,
    { acquire: () => thread, release: (left) => void released.push(left) },
    {
      locate: () => Promise.resolve({ type: "file", path: "/music" }),
      handleReport: (report) => void reports.push(report),
    },
  );
  return { player, thread, reports, released };
}

const trackOf = (generation: number): DeckTrack => ({
  track: new Track({ info: { title: "", author: "", identifier: "x", lengthMs: 60_000 }, source: "local" }),
  generation,
  startMs: 0,
  endMs: 0,
});

const ended = (generation: number, next?: number): AudioReport => ({
  type: "ended",
  player: 1,
  deck: null,
  generation,
  reason: "FINISHED",
  next,
});

it("takes a thread with the first command, and sends the settings with the first track", () => {
  const { player, thread, released } = createPlayer();
  const deck = player.deck(null);
  deck.setVolume(50);
  deck.setPaused(true);
  expect(player.thread).toBeUndefined();
  deck.play(trackOf(1), defaultPlayOptions);
  expect(thread.types).toEqual(["add", "configure", "play"]);
  expect(thread.last("configure")?.settings).toMatchObject({ volume: 50, paused: true });
  player.close();
  expect(thread.types.at(-1)).toBe("remove");
  expect(released).toEqual([thread]);
});

it("takes no thread when it is closed, or used after that", () => {
  const { player, thread, released } = createPlayer();
  player.close();
  player.deck(null).play(trackOf(1), defaultPlayOptions);
  player.listener = () => {};
  player.listener = undefined;
  expect(thread.commands).toEqual([]);
  expect(released).toEqual([]);
});

it("reports the position that a command leads to until the thread has executed it", () => {
  const { player, thread } = createPlayer();
  const deck = player.deck(null);
  deck.play({ ...trackOf(1), startMs: 1_000 }, defaultPlayOptions);
  expect(deck.positionMs).toBe(1_000);
  const stats = new SharedDeckStats(thread.last("configure")?.stats);
  stats.setPosition(deck.revision, 1_020);
  expect(deck.positionMs).toBe(1_020);
  deck.seek(30_000);
  expect(deck.positionMs).toBe(30_000);
  stats.countDelivered(1_040, 0);
  expect(deck.positionMs).toBe(30_000);
});

it("advances to the queued track after its owner has handled the end", () => {
  const { player, reports } = createPlayer();
  const deck = player.deck(null);
  deck.play(trackOf(1), defaultPlayOptions);
  deck.queue(trackOf(2), defaultPlayOptions);
  player.handleReport(ended(1, 2));
  expect(reports).toEqual([ended(1, 2)]);
  expect(deck.track?.generation).toBe(2);
  player.handleReport(ended(2));
  expect(deck.track).toBeUndefined();
});

it("drops the end of a track that another has already replaced", () => {
  const { player, reports } = createPlayer();
  const deck = player.deck(null);
  deck.play(trackOf(1), defaultPlayOptions);
  deck.play(trackOf(2), defaultPlayOptions);
  player.handleReport(ended(1));
  expect(reports).toEqual([]);
  expect(deck.track?.generation).toBe(2);
});

it("keeps a mixer player whose removal crossed a command", () => {
  const { player } = createPlayer();
  const deck = player.deck("one");
  deck.play(trackOf(1), defaultPlayOptions);
  const { revision } = deck;
  deck.play(trackOf(2), defaultPlayOptions);
  player.handleReport({ type: "deck-removed", player: 1, deck: "one", revision });
  expect([...player.mixerDecks()]).toEqual([["one", deck]]);
  player.handleReport({ type: "deck-removed", player: 1, deck: "one", revision: deck.revision });
  expect([...player.mixerDecks()]).toEqual([]);
});

it("sends its whole state to the thread that it moves to", () => {
  const { player, thread } = createPlayer();
  const deck = player.deck(null);
  deck.play(trackOf(1), { crossfadeMs: 500, normalize: true });
  deck.queue(trackOf(2), { crossfadeMs: 700, normalize: false });
  player.radio = true;
  new SharedDeckStats(thread.last("configure")?.stats).setPosition(deck.revision, 5_000);
  const other = new RecordingThread();
  player.moveTo(other, true, new TrackError("died", "FAULT"));
  expect(other.types).toEqual(["add", "configure", "play", "play", "outputs"]);
  const plays = other.commands.flatMap((command) => (command.type === "play" ? command.command : []));
  expect(plays).toEqual([
    { generation: 1, startMs: 5_000, endMs: 0, crossfadeMs: 0, normalize: true, next: false },
    { generation: 2, startMs: 0, endMs: 0, crossfadeMs: 700, normalize: false, next: true },
  ]);
  expect(deck.positionMs).toBe(5_000);
});

it("ends its tracks with the error when it moves without them", () => {
  const { player, reports } = createPlayer();
  const deck = player.deck(null);
  deck.play(trackOf(1), defaultPlayOptions);
  const other = new RecordingThread();
  player.moveTo(other, false, new TrackError("died", "FAULT"));
  expect(reports).toMatchObject([
    { type: "exception", generation: 1, error: { message: "died" } },
    { type: "ended", generation: 1, reason: "LOAD_FAILED" },
  ]);
  expect(deck.track).toBeUndefined();
  expect(other.types).toEqual(["add", "configure"]);
});
