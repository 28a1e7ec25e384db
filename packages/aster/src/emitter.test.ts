import { beforeEach, describe, expect, it } from "vitest";
import { Emitter } from "./emitter.ts";

interface Events {
  readonly number: [value: number, text: string];
  readonly nothing: [];
}

let errors: [error: unknown, name: string][];
let emitter: Emitter<Events>;

beforeEach(() => {
  errors = [];
  emitter = new Emitter<Events>((error, name) => errors.push([error, name]));
});

describe("listeners", () => {
  it("are called in their order with all arguments, and once even if added twice", () => {
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

  it("that throw or reject disturb nobody, and are reported", async () => {
    let called = false;
    emitter.on("nothing", () => {
      throw new Error("thrown");
    });
    emitter.on("nothing", () => Promise.reject(new Error("rejected")));
    emitter.on("nothing", () => {
      called = true;
    });
    emitter.emit("nothing");
    await Promise.resolve();
    expect(called).toBe(true);
    expect(errors).toEqual([
      [new Error("thrown"), "nothing"],
      [new Error("rejected"), "nothing"],
    ]);
  });

  it("may take themselves and others away while they are called", () => {
    const calls: string[] = [];
    const other = () => calls.push("other");
    const self = () => {
      calls.push("self");
      emitter.off("nothing", self);
      emitter.off("nothing", other);
    };
    emitter.on("nothing", self);
    emitter.on("nothing", other);
    emitter.emit("nothing");
    emitter.emit("nothing");
    expect(calls).toEqual(["self", "other"]);
  });

  it("end with their signal", () => {
    const abort = new AbortController();
    let calls = 0;
    emitter.on("nothing", () => calls++, { signal: abort.signal });
    emitter.emit("nothing");
    abort.abort();
    emitter.emit("nothing");
    emitter.on("nothing", () => calls++, { signal: abort.signal });
    emitter.emit("nothing");
    expect(calls).toBe(1);
    expect(emitter.hasListeners("nothing")).toBe(false);
  });
});

describe("once", () => {
  it("resolves with the arguments and is gone", async () => {
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

describe("events", () => {
  it("hands on everything in order, also what came before the loop asked", async () => {
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

  it("ends with its signal after what waits, and at once for a waiting loop", async () => {
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

  it("ends when nothing more will happen", async () => {
    const waiting = emitter.events("number").next();
    emitter.end();
    expect((await waiting).done).toBe(true);
    expect((await emitter.events("number").next()).done).toBe(true);
  });

  it("fails rather than leaving events out or growing without bound", async () => {
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
