import { InvalidTypeError, MalformedDataError, OutOfRangeError } from "@asterite/andesite/advanced";
import { decodeTrack } from "@asterite/lavaplayer-track";
import { FakeClock } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { AutoplayRequest } from "./autoplay.ts";
import { toQueueTrack } from "./entry.ts";
import { QueueChangeEvent } from "./events.ts";
import { isArgumentError } from "./failure-policy.ts";
import { findFilterProblem } from "./filters.ts";
import { ann, titles, track } from "./queue.test-support.ts";
import { Queue } from "./queue.ts";
import { connect, makePlayer, startNode } from "./queue-player.test-support.ts";
import type { QueuePlayer } from "./queue-player.ts";
import { findTrackProblem, identify } from "./track-identity.ts";

const tracks = (...names: string[]) => names.map((name) => track(name));

describe("each change of the upcoming entries through the player", () => {
  const returned: readonly [string, (player: QueuePlayer) => unknown, string, string][] = [
    ["remove", (player) => [player.remove(1)], "c", "bdb"],
    ["removeRange", (player) => player.removeRange(1, 3), "cd", "bb"],
    ["removeWhere", (player) => player.removeWhere(({ track: { title } }) => title === "b"), "bb", "cd"],
    ["removeDuplicates", (player) => player.removeDuplicates(), "b", "bcd"],
    ["move", (player) => [player.move(0, 2)], "b", "cdbb"],
    ["moveRange", (player) => player.moveRange(0, 2, 1), "bc", "dbcb"],
    ["sort", (player) => player.sort((one, other) => one.id - other.id), "", "bcdb"],
    ["shuffle", (player) => player.shuffle(() => 0), "", "bbdc"],
    ["clear", (player) => player.clear(), "bcdb", ""],
  ];

  it.each(returned)(
    "%s changes the queue, returns its result and is reported once",
    async (_, change, result, left) => {
      const { player } = makePlayer(connect(await startNode()));
      player.add(tracks("a", "b", "c", "d", "b"), ann);
      let changes = 0;
      player.on(QueueChangeEvent, () => void changes++);
      const entries = (change(player) ?? []) as Parameters<typeof titles>[0];
      expect([titles(entries).join(""), titles(player.queue.upcoming).join(""), changes]).toEqual([
        result,
        left,
        1,
      ]);
    },
  );
});

describe("the queue alone", () => {
  it("removes duplicates without a current entry", () => {
    const queue = new Queue();
    queue.add(tracks("a", "b", "a"), ann);
    expect([titles(queue.removeDuplicates()), titles(queue.upcoming)]).toEqual([["a"], ["a", "b"]]);
  });

  it("stops without a current entry, and adds none to the history", () => {
    const queue = new Queue();
    queue.add(tracks("a"), ann);
    queue.stop();
    expect([queue.history, queue.upcoming, queue.skip(3)]).toEqual([[], [], null]);
  });

  it("names a missing requester", () => {
    const entry = { track: track("a"), requester: undefined as never };
    expect(() => new Queue().addEntries([entry])).toThrow(
      expect.objectContaining({ code: "BAD_ARGUMENT", message: expect.stringContaining("requester.id") }),
    );
  });
});

it("refuses volumes that are no numbers from 0 to 10", async () => {
  const { player } = makePlayer(connect(await startNode()));
  for (const wrong of ["1", null, Number.NaN, Number.POSITIVE_INFINITY, -0.1, 10.1]) {
    expect(() => player.setVolume(wrong as never)).toThrow(expect.objectContaining({ code: "BAD_ARGUMENT" }));
  }
  player.setVolume(10);
  player.setVolume(0);
  expect(player.volume).toBe(0);
});

describe("toQueueTrack", () => {
  const info = {
    title: "t",
    author: "a",
    length: 1.2346,
    identifier: "i",
    uri: null,
    artworkUrl: "/art",
    isSeekable: true,
  };

  it("converts the length to ms, and leaves an unknown one out", () => {
    expect(toQueueTrack({ track: "QAAA", info } as never)).toEqual({
      track: "QAAA",
      title: "t",
      author: "a",
      lengthMs: 1_235,
      identifier: "i",
      uri: null,
      artwork: "/art",
      isSeekable: true,
    });
    expect(toQueueTrack({ track: "QAAA", info: { ...info, length: null } } as never).lengthMs).toBeNull();
  });

  it.each([undefined, "QAAA", { track: "QAAA" }, { info }])("refuses %j", (loaded) => {
    expect(() => toQueueTrack(loaded as never)).toThrow(expect.objectContaining({ code: "BAD_ARGUMENT" }));
  });
});

it("discards the result of an autoplay call that another one replaces", async () => {
  const clock = new FakeClock();
  const request = new AutoplayRequest(clock, 1_000);
  const last = { id: 1, track: track("a"), requester: ann };
  let signal: AbortSignal | undefined;
  const first = request.call((_, given) => {
    signal = given;
    return new Promise(() => {});
  }, last);
  const second = request.call(() => [], last);
  expect([await first, signal?.aborted, await second, request.isPending, clock.pending]).toEqual([
    undefined,
    true,
    [],
    false,
    0,
  ]);
});

it("distinguishes errors of arguments from those of the connection", () => {
  const damaged = () => {
    try {
      return decodeTrack("QAAA");
    } catch (error) {
      return error;
    }
  };
  const ofArguments = [
    new InvalidTypeError("track", "a string"),
    new OutOfRangeError("start", "at least 0"),
    new MalformedDataError("player", "volume", "a number"),
    damaged(),
  ];
  expect(ofArguments.map(isArgumentError)).toEqual([true, true, true, true]);
  expect([new Error("closed"), null].map(isArgumentError)).toEqual([false, false]);
});

it("accepts the field enabled of stored filters", () => {
  expect(findFilterProblem({ tremolo: { enabled: true, frequency: 4 } })).toBeUndefined();
});

it("identifies tracks of a format that it does not know by their text, and leaves them to the node", () => {
  // Version 99 of the format.
  const unknown = Buffer.from([0x40, 0, 0, 2, 99, 0]).toString("base64");
  expect(identify(unknown)).toEqual({ key: unknown, positionMs: null });
  expect(findTrackProblem(unknown)).toBeUndefined();
  expect(findTrackProblem("QAAA")).toEqual(expect.any(String));
});
