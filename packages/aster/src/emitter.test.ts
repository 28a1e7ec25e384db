import { getEventListeners } from "node:events";
import { FakeClock } from "@asterite/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { Emitter } from "./emitter.ts";

interface Events {
  readonly number: [value: number, text: string];
  readonly empty: [];
}

let errors: [error: unknown, name: string][];
let emitter: Emitter<Events>;

beforeEach(() => {
  errors = [];
  emitter = new Emitter<Events>(["number", "empty"], (error, name) => errors.push([error, name]));
});

describe("listeners", () => {
  it("are called in order with all arguments, and once even if added twice", () => {
    const calls: string[] = [];
    const first = (value: number, text: string) => calls.push(`first ${value} ${text}`);
    emitter.on("number", first);
    emitter.on("number", (value) => calls.push(`second ${value}`));
    emitter.on("number", first);
    emitter.emit("number", 1, "a");
    expect(calls).toEqual(["second 1", "first 1 a"]);
    emitter.off("number", first);
    emitter.emit("number", 2, "b");
    expect(calls.slice(2)).toEqual(["second 2"]);
  });

  it("that throw or reject are reported and do not affect other listeners", async () => {
    let called = false;
    emitter.on("empty", () => {
      throw new Error("thrown");
    });
    emitter.on("empty", () => Promise.reject(new Error("rejected")));
    emitter.on("empty", () => {
      called = true;
    });
    emitter.emit("empty");
    await Promise.resolve();
    expect(called).toBe(true);
    expect(errors).toEqual([
      [new Error("thrown"), "empty"],
      [new Error("rejected"), "empty"],
    ]);
  });

  it("may return a promise of another library", () => {
    // biome-ignore lint/suspicious/noThenProperty: the case under test
    const thenable = { then: (_: unknown, reject: (error: Error) => void) => reject(new Error("theirs")) };
    emitter.on("empty", () => thenable);
    emitter.emit("empty");
    expect(errors).toEqual([[new Error("theirs"), "empty"]]);
  });

  it("may remove themselves and others during an event", () => {
    const calls: string[] = [];
    const other = () => calls.push("other");
    const self = () => {
      calls.push("self");
      emitter.off("empty", self);
      emitter.off("empty", other);
    };
    emitter.on("empty", self);
    emitter.on("empty", other);
    emitter.emit("empty");
    emitter.emit("empty");
    expect(calls).toEqual(["self", "other"]);
  });

  it("are removed when their signal aborts", () => {
    const abort = new AbortController();
    let calls = 0;
    emitter.on("empty", () => calls++, { signal: abort.signal });
    emitter.emit("empty");
    abort.abort();
    emitter.emit("empty");
    emitter.on("empty", () => calls++, { signal: abort.signal });
    emitter.emit("empty");
    expect(calls).toBe(1);
    expect(emitter.hasListeners("empty")).toBe(false);
  });
});

it("leaves no abort listener behind, however a subscription ends", async () => {
  const { signal } = new AbortController();
  const count = () => getEventListeners(signal, "abort").length;
  const listener = () => {};
  emitter.on("empty", listener, { signal });
  emitter.on("empty", listener, { signal });
  expect(count()).toBe(1);
  emitter.off("empty", listener);
  expect(count()).toBe(0);
  const next = emitter.once("empty", { signal });
  emitter.emit("empty");
  await next;
  expect(count()).toBe(0);
  const iterator = emitter.events("empty", { signal });
  expect(count()).toBe(1);
  await iterator.return?.();
  expect(count()).toBe(0);
  emitter.events("empty", { signal });
  emitter.end();
  expect(count()).toBe(0);
});

it("rejects unknown events, unknown options and arguments that it would ignore", () => {
  const listener = () => {};
  const unknown = "numbers" as "number";
  const rejection = /event is "numbers"; allowed: number, empty/;
  expect(() => emitter.on(unknown, listener)).toThrow(rejection);
  expect(() => emitter.off(unknown, listener)).toThrow(rejection);
  expect(() => emitter.once(unknown)).toThrow(rejection);
  expect(() => emitter.events(unknown)).toThrow(rejection);
  expect(() => emitter.on("empty", undefined as unknown as () => void)).toThrow(/listener is undefined/);
  expect(() => emitter.once("empty", listener as object)).toThrow(
    /once returns a promise, on adds a listener/,
  );
  expect(() => emitter.on("empty", listener, { once: true } as object)).toThrow(/has no once; known: signal/);
  expect(() => emitter.events("empty", { buffer: 3 } as object)).toThrow(
    /has no buffer; known: signal, limit/,
  );
  expect(emitter.hasListeners("empty")).toBe(false);
});

describe("waitFor", () => {
  const { signal } = new AbortController();
  let clock: FakeClock;
  /** Listeners, timers and abort listeners that are left. */
  const left = () => [
    emitter.hasListeners("number"),
    clock.pending,
    getEventListeners(signal, "abort").length,
  ];

  beforeEach(() => {
    clock = new FakeClock();
  });

  it("resolves with the first event that the filter accepts, and leaves nothing behind", async () => {
    const waiting = emitter.waitFor("number", { filter: (value) => value > 1, signal }, clock);
    expect(left()).toEqual([true, 1, 1]);
    for (const value of [1, 2, 3]) emitter.emit("number", value, "x");
    expect(await waiting).toEqual([2, "x"]);
    expect(left()).toEqual([false, 0, 0]);
  });

  it("rejects after a minute by default, and after the given time", async () => {
    const byDefault = expect(emitter.waitFor("number", { signal }, clock)).rejects.toMatchObject({
      code: "TIMED_OUT",
      message: 'no matching "number" event within 60000 ms',
    });
    await clock.advance(59_999);
    expect(left()).toEqual([true, 1, 1]);
    await clock.advance(1);
    await byDefault;
    const soon = expect(emitter.waitFor("number", { timeoutMs: 5 }, clock)).rejects.toThrow(/within 5 ms/);
    await clock.advance(5);
    await soon;
    expect(left()).toEqual([false, 0, 0]);
  });

  it("rejects when the signal aborts, the filter throws or the emitter ends", async () => {
    const abort = new AbortController();
    const aborted = emitter.waitFor("number", { signal: abort.signal }, clock);
    abort.abort(new Error("stop"));
    await expect(aborted).rejects.toThrow("stop");
    const filtered = emitter.waitFor(
      "number",
      {
        filter: () => {
          throw new Error("bad filter");
        },
      },
      clock,
    );
    emitter.emit("number", 1, "x");
    await expect(filtered).rejects.toThrow("bad filter");
    expect(errors).toEqual([]);
    const ended = emitter.waitFor("number", {}, clock);
    emitter.end();
    await expect(ended).rejects.toMatchObject({ code: "CLOSED" });
    await expect(emitter.waitFor("number", {}, clock)).rejects.toMatchObject({ code: "CLOSED" });
    expect(left()).toEqual([false, 0, 0]);
  });

  it("has no timer with an infinite limit, and rejects others that are none", () => {
    emitter.waitFor("number", { timeoutMs: Number.POSITIVE_INFINITY }, clock).catch(() => {});
    expect(clock.pending).toBe(0);
    for (const timeoutMs of [-1, Number.NaN, 2 ** 31]) {
      expect(() => emitter.waitFor("number", { timeoutMs }, clock)).toThrow(/timeoutMs is/);
    }
  });
});

describe("once", () => {
  it("resolves with the arguments and removes its listener", async () => {
    const next = emitter.once("number");
    emitter.emit("number", 5, "e");
    emitter.emit("number", 6, "f");
    expect(await next).toEqual([5, "e"]);
    expect(emitter.hasListeners("number")).toBe(false);
  });

  it("rejects with the signal's reason", async () => {
    const abort = new AbortController();
    const next = emitter.once("number", { signal: abort.signal });
    abort.abort(new Error("stop"));
    await expect(next).rejects.toThrow("stop");
    await expect(emitter.once("number", { signal: abort.signal })).rejects.toThrow("stop");
    expect(emitter.hasListeners("number")).toBe(false);
  });
});

it("rejects waits when it ends, and those that begin afterwards", async () => {
  const waits = [emitter.once("number"), emitter.waitFor("number", {}, new FakeClock())];
  emitter.end();
  for (const wait of [...waits, emitter.once("number")]) {
    await expect(wait).rejects.toMatchObject({ code: "CLOSED" });
  }
  emitter.restart();
  const next = emitter.once("number");
  emitter.emit("number", 5, "e");
  expect(await next).toEqual([5, "e"]);
});

it("refuses filters and signals of another type", () => {
  expect(() => emitter.waitFor("number", { filter: 5 as never }, new FakeClock())).toThrow("filter is 5");
  for (const signal of [5, null, {}] as never[]) {
    for (const wait of [
      () => emitter.waitFor("number", { signal }, new FakeClock()),
      () => emitter.once("number", { signal }),
      () => emitter.events("number", { signal }),
      () => emitter.on("number", () => {}, { signal }),
    ]) {
      expect(wait).toThrow(/signal is .*; allowed: an AbortSignal/);
    }
  }
});

describe("events", () => {
  it("yields events in order, including those emitted before the loop reads", async () => {
    const iterator = emitter.events("number");
    emitter.emit("number", 1, "a");
    emitter.emit("number", 2, "b");
    const seen: number[] = [];
    for await (const [value] of iterator) {
      seen.push(value);
      if (value === 2) setTimeout(() => emitter.emit("number", 3, "c"));
      if (value === 3) break;
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(emitter.hasListeners("number")).toBe(false);
  });

  it("ends with its signal: after the buffered events, or at once if a reader waits", async () => {
    const abort = new AbortController();
    const iterator = emitter.events("number", { signal: abort.signal });
    emitter.emit("number", 1, "a");
    abort.abort();
    expect(await iterator.next()).toEqual({ value: [1, "a"], done: false });
    expect(await iterator.next()).toEqual({ value: undefined, done: true });
    const other = new AbortController();
    const waiting = emitter.events("number", { signal: other.signal }).next();
    other.abort();
    expect(await waiting).toEqual({ value: undefined, done: true });
  });

  it("ends when the emitter ends", async () => {
    const waiting = emitter.events("number").next();
    emitter.end();
    expect((await waiting).done).toBe(true);
    expect((await emitter.events("number").next()).done).toBe(true);
  });

  it("fails on overflow instead of skipping events or growing without bound", async () => {
    const iterator = emitter.events("number", { limit: 2 });
    for (const value of [1, 2, 3, 4]) emitter.emit("number", value, "");
    expect((await iterator.next()).value).toEqual([1, ""]);
    expect((await iterator.next()).value).toEqual([2, ""]);
    await expect(iterator.next()).rejects.toMatchObject({ code: "EVENTS_MISSED" });
    expect((await iterator.next()).done).toBe(true);
    expect(emitter.hasListeners("number")).toBe(false);
    expect(() => emitter.events("number", { limit: 0 })).toThrow(/limit is 0/);
  });
});
