// Wrong arguments of callers without types: each is refused with an error that names it, none is ignored.

import { describe, expect, it } from "vitest";
import { combineFilterPresets } from "./filter-presets.ts";
import type { QueuePlayerOptions } from "./player-options.ts";
import { ann, track } from "./queue.test-support.ts";
import { Queue } from "./queue.ts";
import { connect, guild, makePlayer, startNode } from "./queue-player.test-support.ts";
import { QueuePlayer } from "./queue-player.ts";
import { readSnapshot } from "./snapshot.ts";

const wrong = (value: unknown): never => value as never;
const refusal = (message: string) =>
  expect.objectContaining({
    name: "QueueError",
    code: "BAD_ARGUMENT",
    message: expect.stringContaining(message),
  });

const node: never = wrong({ sendOperation: () => Promise.resolve(), eventTarget: {} });
const player = (options: unknown) => new QueuePlayer(node, guild, options as QueuePlayerOptions);
const add = (fields: object) => new Queue().add([{ ...track("a"), ...fields }], ann);

it.each<readonly [message: string, call: () => unknown]>([
  ["options is null; allowed: an object", () => new Queue(wrong(null))],
  ["options is ", () => new Queue(wrong(new Date()))],
  [
    "option is maxEntry; allowed: maxEntries, maxHistory, duplicates",
    () => new Queue(wrong({ maxEntry: 5 })),
  ],
  ["maxEntries is true; allowed: 1 or more", () => new Queue({ maxEntries: wrong(true) })],
  ["state is object; allowed", () => new Queue({}, wrong(null))],
  ["options is ", () => player([])],
  ["options is ", () => player(new Map())],
  ["clock is object; allowed: an object with now", () => player({ clock: {} })],
  ["queryTimeoutMs is 0; allowed: 1 to", () => player({ queryTimeoutMs: 0 })],
  ["tracks.0.author is undefined; allowed: a string", () => add({ author: undefined })],
  ["tracks.0.lengthMs is 1.5; allowed: an integer", () => add({ lengthMs: 1.5 })],
  ["tracks.0.uri is undefined; allowed: a string or null", () => add({ uri: undefined })],
  ["tracks.0.isSeekable is 1; allowed: true or false", () => add({ isSeekable: 1 })],
  ["requester.name is undefined; allowed", () => new Queue().add([track("a")], wrong({ id: "1" }))],
  ["names is null; allowed: an array", () => combineFilterPresets(wrong(null))],
])("%s", (message, call) => {
  expect(call).toThrow(refusal(message));
});

describe("of a player", () => {
  it("are refused", async () => {
    const { player } = makePlayer(connect(await startNode()));
    const snapshot = player.toSnapshot();
    const rows: readonly (readonly [message: string, call: () => unknown])[] = [
      ["autoplay is number; allowed: a function", () => Reflect.set(player, "autoplay", 5)],
      ["gapless is 1; allowed: true or false", () => Reflect.set(player, "gapless", 1)],
      ["options is null; allowed", () => player.close(wrong(null))],
      ["option is destory; allowed: destroy", () => player.close(wrong({ destory: true }))],
      ["readUserData is number; allowed", () => readSnapshot(snapshot, wrong(5))],
    ];
    for (const [message, call] of rows) expect(call, message).toThrow(refusal(message));
  });
});
