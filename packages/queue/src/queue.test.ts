import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { QueueError } from "./errors.ts";
import { ann, titles, track } from "./queue.test-support.ts";
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
const look = ({ current, upcoming, history }: Queue): string =>
  [titles(history).join(""), current?.track.title ?? "-", titles(upcoming).join("")].join("|");

describe("adding", () => {
  it("puts tracks at the end, first, or before an index", () => {
    const queue = filled("a", "b");
    queue.add([track("c"), track("d")], ann);
    queue.add([track("e"), track("f")], ann, "front");
    queue.add([track("g")], ann, 1);
    queue.add([track("h")], ann, 99);
    expect(look(queue)).toBe("|-|egfabcdh");
    expect(queue.upcoming[0]?.requester).toEqual(ann);
  });

  it("adds all or none", () => {
    const queue = new Queue({ maxEntries: 2 });
    queue.add([track("a")], ann);
    expect(() => queue.add([track("b"), track("c")], ann)).toThrow("there is room for 1 more");
    queue.add([track("b")], ann);
    expect(look(queue)).toBe("|-|ab");
    expect(() => queue.add([track("c")], ann)).toThrow(expect.objectContaining({ code: "queue-full" }));
  });
});

describe("the order", () => {
  it("goes from what comes to what was", () => {
    const queue = filled("a", "b", "c");
    expect(queue.peek()?.track.title).toBe("a");
    expect(titles([queue.next(), queue.next()])).toEqual(["a", "b"]);
    expect(look(queue)).toBe("a|b|c");
    expect(titles([queue.next(), queue.next(), queue.next()])).toEqual(["c", "-", "-"]);
    expect(look(queue)).toBe("abc|-|");
  });

  it("passes over several, and ends at the end", () => {
    const queue = filled("a", "b", "c", "d");
    queue.next();
    expect(queue.skip(2)?.track.title).toBe("c");
    expect(look(queue)).toBe("ab|c|d");
    expect(queue.skip(50)).toBeNull();
    expect(look(queue)).toBe("abcd|-|");
  });

  it("goes back", () => {
    const queue = filled("a", "b", "c");
    expect(queue.previous()).toBeNull();
    queue.skip(2);
    expect(look(queue)).toBe("a|b|c");
    expect(queue.previous()?.track.title).toBe("a");
    expect(look(queue)).toBe("|a|bc");
    expect(queue.previous()).toBeNull();
    expect(look(queue)).toBe("|a|bc");
  });

  it("repeats a track until it is skipped", () => {
    const queue = filled("a", "b");
    queue.next();
    queue.loop = "track";
    expect(titles([queue.next(), queue.peek(), queue.next()])).toEqual(["a", "a", "a"]);
    expect(queue.skip()?.track.title).toBe("b");
  });

  it("goes round in a loop, both ways", () => {
    const queue = filled("a", "b", "c");
    queue.loop = "queue";
    const names = Array.from({ length: 5 }, () => queue.next());
    expect(titles(names)).toEqual(["a", "b", "c", "a", "b"]);
    expect(titles([queue.previous(), queue.previous()])).toEqual(["a", "c"]);
    expect(queue.skip(4)?.track.title).toBe("a");
    expect(queue.history).toEqual([]);
  });

  it("plays one track round and round", () => {
    const queue = filled("a");
    queue.loop = "queue";
    expect(titles([queue.next(), queue.peek(), queue.next()])).toEqual(["a", "a", "a"]);
  });

  it("takes what is broken out of every loop", () => {
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

  it("moves and removes by index, and tells which one it was", () => {
    const queue = filled("a", "b", "c", "d");
    expect(queue.move(0, 2).track.title).toBe("a");
    expect(look(queue)).toBe("|-|bcad");
    expect(queue.move(3, 0).track.title).toBe("d");
    expect(queue.remove(1).track.title).toBe("b");
    expect(look(queue)).toBe("|-|dca");
    for (const wrong of [-1, 3, 0.5, Number.NaN]) {
      expect(() => queue.remove(wrong)).toThrow(expect.objectContaining({ code: "no-such-entry" }));
      expect(() => queue.move(0, wrong)).toThrow(QueueError);
    }
    expect(look(queue)).toBe("|-|dca");
  });

  it("ends", () => {
    const queue = filled("a", "b");
    queue.next();
    queue.stop();
    expect(look(queue)).toBe("a|-|");
    expect(titles(filled("x", "y").clear())).toEqual(["x", "y"]);
  });
});

describe("a shuffle", () => {
  it("gives every order equally often", () => {
    const random = seededRandom(1);
    const counts = new Map<string, number>();
    const rounds = 6_000;
    for (let round = 0; round < rounds; round++) {
      const queue = filled("a", "b", "c");
      queue.shuffle(random);
      counts.set(look(queue), (counts.get(look(queue)) ?? 0) + 1);
    }
    const expected = rounds / 6;
    const deviation = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    expect(counts.size).toBe(6);
    // Chi square with five degrees of freedom: less than this in 99.9 % of fair shuffles.
    expect(deviation).toBeLessThan(20.5);
  });

  it("is the same for the same seed", () => {
    const shuffle = (seed: number): string => {
      const queue = filled(..."abcdefghij");
      queue.shuffle(seededRandom(seed));
      return look(queue);
    };
    expect(shuffle(5)).toBe(shuffle(5));
    expect(shuffle(5)).not.toBe(shuffle(6));
    expect(seededRandom(0)()).toBe(seededRandom(1)());
  });
});

describe("limits", () => {
  it("name what is wrong", () => {
    expect(() => new Queue({ maxEntries: 0 })).toThrow("maxEntries");
    expect(() => new Queue({ maxHistory: -1 })).toThrow("maxHistory");
    expect(() => filled("a").skip(0)).toThrow("count");
    expect(() => filled("a").add([track("b")], ann, -1)).toThrow("place");
    expect(() => {
      filled("a").loop = "twice" as LoopMode;
    }).toThrow("off, track, queue");
  });

  it("keep only the newest history", () => {
    const queue = new Queue({ maxHistory: 2 });
    queue.add(
      [..."abcd"].map((name) => track(name)),
      ann,
    );
    queue.skip(4);
    queue.skip();
    expect(look(queue)).toBe("cd|-|");
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

/** Carries a step out; says how many entries it added and took out. */
function take(queue: Queue, [name, a, b]: Step): number {
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

describe("whatever happens", () => {
  it("no entry is lost or doubled, and peek tells what next gives", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const queue = new Queue({ maxEntries: 1_000, maxHistory: 1_000 });
        let count = 0;
        for (const step of all) {
          count += take(queue, step);
          const entries = [...queue.upcoming, ...queue.history, ...(queue.current ? [queue.current] : [])];
          expect(entries).toHaveLength(count);
          expect(new Set(entries.map(({ id }) => id)).size).toBe(count);
        }
      }),
    );
  });

  it("it ends: without a loop there are only so many next ones", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const queue = new Queue();
        for (const step of all) take(queue, step);
        queue.loop = "off";
        const left = queue.upcoming.length;
        for (let round = 0; round <= left; round++) queue.next();
        expect([queue.current, queue.next()]).toEqual([null, null]);
      }),
    );
  });

  it("a content makes the same queue again, whose ids go on", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const queue = new Queue();
        for (const step of all) take(queue, step);
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

it("tells how long what waits takes, where it is known", () => {
  const queue = filled("a", "b");
  expect(queue.durationMs).toBe(360_000);
  queue.add([track("live", { lengthMs: null })], ann);
  expect(queue.durationMs).toBeNull();
  expect(new Queue().durationMs).toBe(0);
});
