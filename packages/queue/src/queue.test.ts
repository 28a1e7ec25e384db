import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toQueueTrack } from "./entry.ts";
import { QueueError } from "./errors.ts";
import { ann, encoded, titles, track } from "./queue.test-support.ts";
import { type LoopMode, loopModes, Queue } from "./queue.ts";
import { seededRandom } from "./random.ts";

const filled = (...names: string[]): Queue => {
  const queue = new Queue();
  queue.add(
    names.map((name) => track(name)),
    ann,
  );
  return queue;
};
/** Returns history, current and upcoming titles, separated by bars. */
const summary = ({ current, upcoming, history }: Queue): string =>
  [titles(history).join(""), current?.track.title ?? "-", titles(upcoming).join("")].join("|");

describe("adding", () => {
  it("inserts tracks at the end, at the front, or before an index", () => {
    const queue = filled("a", "b");
    queue.add([track("c"), track("d")], ann);
    queue.add([track("e"), track("f")], ann, "front");
    queue.add([track("g")], ann, 1);
    queue.add([track("h")], ann, 99);
    expect(summary(queue)).toBe("|-|egfabcdh");
    expect(queue.upcoming[0]?.requester).toEqual(ann);
  });

  it("adds all or none", () => {
    const queue = new Queue({ maxEntries: 2 });
    queue.add([track("a")], ann);
    expect(() => queue.add([track("b"), track("c")], ann)).toThrow("the queue has room for 1 more");
    queue.add([track("b")], ann);
    expect(summary(queue)).toBe("|-|ab");
    expect(() => queue.add([track("c")], ann)).toThrow(expect.objectContaining({ code: "QUEUE_FULL" }));
  });
});

describe("order", () => {
  it("moves entries from upcoming to history", () => {
    const queue = filled("a", "b", "c");
    expect(queue.peek()?.track.title).toBe("a");
    expect(titles([queue.next(), queue.next()])).toEqual(["a", "b"]);
    expect(summary(queue)).toBe("a|b|c");
    expect(titles([queue.next(), queue.next(), queue.next()])).toEqual(["c", "-", "-"]);
    expect(summary(queue)).toBe("abc|-|");
  });

  it("skips several entries, and stops at the end", () => {
    const queue = filled("a", "b", "c", "d");
    queue.next();
    expect(queue.skip(2)?.track.title).toBe("c");
    expect(summary(queue)).toBe("ab|c|d");
    expect(queue.skip(50)).toBeNull();
    expect(summary(queue)).toBe("abcd|-|");
  });

  it("returns to the previous entry", () => {
    const queue = filled("a", "b", "c");
    expect(queue.previous()).toBeNull();
    queue.skip(2);
    expect(summary(queue)).toBe("a|b|c");
    expect(queue.previous()?.track.title).toBe("a");
    expect(summary(queue)).toBe("|a|bc");
    expect(queue.previous()).toBeNull();
    expect(summary(queue)).toBe("|a|bc");
  });

  it("repeats a track until it is skipped", () => {
    const queue = filled("a", "b");
    queue.next();
    queue.loop = "track";
    expect(titles([queue.next(), queue.peek(), queue.next()])).toEqual(["a", "a", "a"]);
    expect(queue.skip()?.track.title).toBe("b");
  });

  it("wraps around in both directions when the queue is looped", () => {
    const queue = filled("a", "b", "c");
    queue.loop = "queue";
    const names = Array.from({ length: 5 }, () => queue.next());
    expect(titles(names)).toEqual(["a", "b", "c", "a", "b"]);
    expect(titles([queue.previous(), queue.previous()])).toEqual(["a", "c"]);
    expect(queue.skip(4)?.track.title).toBe("a");
    expect(queue.history).toEqual([]);
  });

  it("repeats the only entry of a looped queue", () => {
    const queue = filled("a");
    queue.loop = "queue";
    expect(titles([queue.next(), queue.peek(), queue.next()])).toEqual(["a", "a", "a"]);
  });

  it("drops a failed entry in every loop mode", () => {
    for (const loop of loopModes) {
      const queue = filled("a", "b");
      queue.next();
      queue.loop = loop;
      expect(queue.dropCurrent()?.track.title).toBe("a");
      expect(queue.next()?.track.title).toBe("b");
      expect(queue.dropCurrent()?.track.title).toBe("b");
      expect([queue.next(), queue.previous()]).toEqual([null, null]);
    }
  });

  it("moves and removes entries by index, and returns them", () => {
    const queue = filled("a", "b", "c", "d");
    expect(queue.move(0, 2).track.title).toBe("a");
    expect(summary(queue)).toBe("|-|bcad");
    expect(queue.move(3, 0).track.title).toBe("d");
    expect(queue.remove(1).track.title).toBe("b");
    expect(summary(queue)).toBe("|-|dca");
    for (const wrong of [-1, 3, 0.5, Number.NaN]) {
      expect(() => queue.remove(wrong)).toThrow(expect.objectContaining({ code: "NO_SUCH_ENTRY" }));
      expect(() => queue.move(0, wrong)).toThrow(QueueError);
    }
    expect(summary(queue)).toBe("|-|dca");
  });

  it("stops and clears", () => {
    const queue = filled("a", "b");
    queue.next();
    queue.stop();
    expect(summary(queue)).toBe("a|-|");
    expect(titles(filled("x", "y").clear())).toEqual(["x", "y"]);
  });
});

describe("ranges", () => {
  it("removes a range, or all that follows", () => {
    const queue = filled("a", "b", "c", "d", "e");
    expect(titles(queue.removeRange(1, 3))).toEqual(["b", "c"]);
    expect(summary(queue)).toBe("|-|ade");
    expect(queue.removeRange(3)).toEqual([]);
    expect(queue.removeRange(1, 1)).toEqual([]);
    expect(titles(queue.removeRange(1))).toEqual(["d", "e"]);
    expect(titles(queue.removeRange(0, 1))).toEqual(["a"]);
    expect(summary(queue)).toBe("|-|");
  });

  it("moves a range in both directions", () => {
    const queue = filled(..."abcdef");
    expect(titles(queue.moveRange(1, 3, 4))).toEqual(["b", "c"]);
    expect(summary(queue)).toBe("|-|adefbc");
    queue.moveRange(3, 6, 0);
    expect(summary(queue)).toBe("|-|fbcade");
    queue.moveRange(0, 6, 0);
    queue.moveRange(2, 2, 6);
    expect(summary(queue)).toBe("|-|fbcade");
  });

  it.each([
    [-1, 1],
    [2, 1],
    [0, 4],
    [0.5, 2],
    [0, 1.5],
    [Number.NaN, 1],
  ])("rejects the range from %d to %d", (start, end) => {
    const queue = filled("a", "b", "c");
    const error = expect.objectContaining({ code: "NO_SUCH_ENTRY" });
    expect(() => queue.removeRange(start, end)).toThrow(error);
    expect(() => queue.moveRange(start, end, 0)).toThrow(error);
    expect(summary(queue)).toBe("|-|abc");
  });

  it.each([-1, 2, 0.5, Number.NaN])("rejects the target %d", (to) => {
    const queue = filled("a", "b", "c");
    expect(() => queue.moveRange(0, 2, to)).toThrow(`to is ${to}; allowed: an integer from 0 to 1`);
    expect(summary(queue)).toBe("|-|abc");
  });
});

describe("sorting and filtering", () => {
  it("sorts, and keeps the order of equal entries", () => {
    const queue = filled("b1", "a1", "b2", "a2");
    queue.next();
    queue.sort((one, other) => one.track.title.charCodeAt(0) - other.track.title.charCodeAt(0));
    expect(summary(queue)).toBe("|b1|a1a2b2");
  });

  it("removes the entries that a predicate accepts", () => {
    const queue = filled("a", "b", "a", "c");
    expect(titles(queue.removeWhere(({ track: { title } }) => title === "a"))).toEqual(["a", "a"]);
    expect(summary(queue)).toBe("|-|bc");
    expect(() =>
      queue.removeWhere(() => {
        throw new Error("mine");
      }),
    ).toThrow("mine");
    expect(summary(queue)).toBe("|-|bc");
  });
});

describe("duplicates", () => {
  const add = (queue: Queue, ...names: string[]) =>
    titles(
      queue.add(
        names.map((name) => track(name)),
        ann,
      ),
    );

  it("are added by default", () => {
    expect(add(new Queue(), "a", "a")).toEqual(["a", "a"]);
  });

  it("are left out with the policy skip, also those of the current entry and of the same call", () => {
    const queue = new Queue({ duplicates: "skip" });
    expect(add(queue, "a", "b", "a")).toEqual(["a", "b"]);
    queue.next();
    expect(add(queue, "c", "a", "b")).toEqual(["c"]);
    queue.skip();
    expect(add(queue, "a")).toEqual(["a"]);
    expect(summary(queue)).toBe("a|b|ca");
  });

  it("throw with the policy reject, and nothing is added", () => {
    const queue = new Queue({ duplicates: "reject" });
    add(queue, "a");
    expect(() => add(queue, "b", "a")).toThrow(expect.objectContaining({ code: "DUPLICATE_TRACK" }));
    expect(() => add(queue, "b", "b")).toThrow("b is playing or queued already");
    expect(summary(queue)).toBe("|-|a");
  });

  it("are recognised whatever position the track was encoded at", () => {
    const queue = new Queue({ duplicates: "skip" });
    queue.add([track("a", { track: encoded("a", 5_000) })], ann);
    expect(add(queue, "a")).toEqual([]);
  });

  it("count only once towards the limit", () => {
    const queue = new Queue({ duplicates: "skip", maxEntries: 2 });
    expect(add(queue, "a", "a", "b", "b")).toEqual(["a", "b"]);
  });

  it("can be removed later", () => {
    const queue = filled("a", "b", "a", "c", "b");
    queue.next();
    expect(titles(queue.removeDuplicates())).toEqual(["a", "b"]);
    expect(summary(queue)).toBe("|a|bc");
    expect(queue.removeDuplicates()).toEqual([]);
  });
});

describe("user data", () => {
  it("belongs to each entry", () => {
    const queue = new Queue<{ readonly room: string }>();
    queue.add([track("a"), track("b")], ann, "back", { room: "x" });
    queue.add([track("c")], ann);
    queue.addEntries([{ track: track("d"), requester: ann, userData: { room: "y" } }], "front");
    expect(queue.upcoming.map(({ userData }) => userData?.room)).toEqual(["y", "x", "x", undefined]);
    expect(queue.upcoming[3]).not.toHaveProperty("userData");
  });
});

describe("shuffle", () => {
  it("produces every order equally often", () => {
    const random = seededRandom(1);
    const counts = new Map<string, number>();
    const rounds = 6_000;
    for (let round = 0; round < rounds; round++) {
      const queue = filled("a", "b", "c");
      queue.shuffle(random);
      counts.set(summary(queue), (counts.get(summary(queue)) ?? 0) + 1);
    }
    const expected = rounds / 6;
    const deviation = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    expect(counts.size).toBe(6);
    // Chi-squared with five degrees of freedom: 99.9 % of fair shuffles stay below this.
    expect(deviation).toBeLessThan(20.5);
  });

  it("is repeatable with the same seed", () => {
    const shuffle = (seed: number): string => {
      const queue = filled(..."abcdefghij");
      queue.shuffle(seededRandom(seed));
      return summary(queue);
    };
    expect(shuffle(5)).toBe(shuffle(5));
    expect(shuffle(5)).not.toBe(shuffle(6));
    expect(seededRandom(0)()).toBe(seededRandom(1)());
  });
});

describe("limits", () => {
  it("throws an error naming the option or argument", () => {
    expect(() => new Queue({ maxEntries: 0 })).toThrow("maxEntries");
    expect(() => new Queue({ maxHistory: -1 })).toThrow("maxHistory");
    expect(() => new Queue({ duplicates: "twice" as "skip" })).toThrow("allow, skip, reject");
    expect(() => filled("a").add([{ info: {} } as never], ann)).toThrow(
      "tracks.0.track is undefined; allowed: a string; toQueueTrack",
    );
    expect(() => toQueueTrack("QAAA" as never)).toThrow(
      "loaded is string; allowed: one of the tracks of loadTracks or decodeTracks",
    );
    expect(() => toQueueTrack(undefined as never)).toThrow(QueueError);
    expect(() => filled("a").add([track("b")], {} as never)).toThrow("requester.id");
    expect(() => filled("a").skip(0)).toThrow("count");
    expect(() => filled("a").add([track("b")], ann, -1)).toThrow("position");
    expect(() => {
      filled("a").loop = "twice" as LoopMode;
    }).toThrow("off, track, queue");
  });

  it("drops the oldest history", () => {
    const queue = new Queue({ maxHistory: 2 });
    queue.add(
      [..."abcd"].map((name) => track(name)),
      ann,
    );
    queue.skip(4);
    queue.skip();
    expect(summary(queue)).toBe("cd|-|");
  });
});

type Step = readonly [name: string, a: number, b: number];
const steps = fc.array(
  fc.tuple(
    fc.constantFrom("add", "front", "remove", "move", "shuffle", "next", "skip", "previous", "drop", "loop"),
    fc.nat(6),
    fc.nat(6),
  ),
  { maxLength: 60 },
);

/** Applies a step. Returns by how many entries the queue grew. */
function applyStep(queue: Queue, [name, a, b]: Step): number {
  const { length } = queue.upcoming;
  if (name === "add")
    return queue.add(
      Array.from({ length: a }, () => track("x")),
      ann,
    ).length;
  if (name === "front") return queue.add([track("y")], ann, "front").length;
  if (name === "remove" && a < length) return queue.remove(a) ? -1 : 0;
  if (name === "move" && a < length && b < length) queue.move(a, b);
  if (name === "shuffle") queue.shuffle(seededRandom(a));
  if (name === "next") {
    const expected = queue.peek();
    expect(queue.next()).toBe(expected);
  }
  if (name === "skip") queue.skip(a + 1);
  if (name === "previous") queue.previous();
  if (name === "drop") return queue.dropCurrent() ? -1 : 0;
  if (name === "loop") queue.loop = loopModes[a % 3] ?? "off";
  return 0;
}

describe("invariants", () => {
  it("keeps every entry exactly once, and peek returns what next returns", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const queue = new Queue({ maxEntries: 1_000, maxHistory: 1_000 });
        let count = 0;
        for (const step of all) {
          count += applyStep(queue, step);
          const entries = [...queue.upcoming, ...queue.history, ...(queue.current ? [queue.current] : [])];
          expect(entries).toHaveLength(count);
          expect(new Set(entries.map(({ id }) => id)).size).toBe(count);
        }
      }),
    );
  });

  it("runs out after as many steps as there are entries when the loop is off", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const queue = new Queue();
        for (const step of all) applyStep(queue, step);
        queue.loop = "off";
        const left = queue.upcoming.length;
        for (let round = 0; round <= left; round++) queue.next();
        expect([queue.current, queue.next()]).toEqual([null, null]);
      }),
    );
  });

  it("restores the same queue from its state, with fresh ids", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const queue = new Queue();
        for (const step of all) applyStep(queue, step);
        const { current, upcoming, history, loop } = queue;
        const again = new Queue({}, JSON.parse(JSON.stringify({ current, upcoming, history, loop })));
        expect([again.current, again.upcoming, again.history, again.loop]).toEqual([
          current,
          upcoming,
          history,
          loop,
        ]);
        const [added] = again.add([track("z")], ann);
        const ids = [...upcoming, ...history, ...(current ? [current] : [])].map(({ id }) => id);
        expect(ids.every((id) => id < (added?.id ?? 0))).toBe(true);
      }),
    );
  });
});

it("returns the total length of the upcoming entries, or null if one is unknown", () => {
  const queue = filled("a", "b");
  expect(queue.durationMs).toBe(360_000);
  queue.add([track("live", { lengthMs: null })], ann);
  expect(queue.durationMs).toBeNull();
  expect(new Queue().durationMs).toBe(0);
});
