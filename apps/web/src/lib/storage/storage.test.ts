import * as v from "@asterite/util/schema";
import { expect, it } from "vitest";
import { BrowserStorage } from "./browser-storage.ts";
import { Drafts } from "./drafts.ts";
import { Edits } from "./edits.ts";
import { memoryStorage } from "./memory-storage.test-support.ts";
import { StoredValue } from "./stored-value.ts";

it("persists a value and ignores invalid data", () => {
  const storage = memoryStorage();
  const make = () => new StoredValue(storage, "x", v.array(v.number), [7]);
  expect(make().get()).toEqual([7]);
  make().set([1, 2]);
  expect(make().get()).toEqual([1, 2]);
  for (const garbage of ["", "{", '["1"]', "null"]) {
    storage.setItem("asterite.x", garbage);
    expect(make().get()).toEqual([7]);
  }
});

/** Returns a storage of the browser with room for some characters. */
function boundedArea(room: number) {
  const values = new Map<string, string>();
  const used = () => [...values].reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  const area = {
    room,
    get length() {
      return values.size;
    },
    key: (index: number) => [...values.keys()][index] ?? null,
    clear: () => values.clear(),
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => {
      const before = values.get(key);
      values.set(key, value);
      Object.defineProperty(area, key, { value, enumerable: true, configurable: true });
      if (used() <= area.room) return;
      if (before === undefined) area.removeItem(key);
      else values.set(key, before);
      throw new DOMException("full", "QuotaExceededError");
    },
    removeItem: (key: string) => {
      values.delete(key);
      Reflect.deleteProperty(area, key);
    },
  };
  return area;
}

it("keeps in memory what does not fit, and stores it once there is room", () => {
  const area = boundedArea(20);
  const storage = new BrowserStorage(() => area);
  const changes: boolean[] = [];
  storage.signal.subscribe(() => changes.push(storage.hasUnstored));
  storage.setItem("asterite.a", "small");
  storage.setItem("asterite.b", "too much");
  storage.setItem("asterite.c", "too much as well");
  expect([storage.getItem("asterite.b"), area.getItem("asterite.b")]).toEqual(["too much", null]);
  expect(storage.keys().filter((key) => key.startsWith("asterite."))).toEqual([
    "asterite.a",
    "asterite.b",
    "asterite.c",
  ]);
  // The value that is stored stays until there is room for the newer one.
  storage.setItem("asterite.a", "small, but longer than before");
  expect([storage.getItem("asterite.a"), area.getItem("asterite.a")]).toEqual([
    "small, but longer than before",
    "small",
  ]);
  expect(changes).toEqual([true]);
  area.room = 1000;
  storage.removeItem("asterite.c");
  expect([area.getItem("asterite.a"), area.getItem("asterite.b")]).toEqual([
    "small, but longer than before",
    "too much",
  ]);
  expect([storage.hasUnstored, storage.getItem("asterite.c"), ...changes]).toEqual([
    false,
    null,
    true,
    false,
  ]);
});

it("drops the last states of servers for other values, without telling the user", () => {
  const area = boundedArea(40);
  const storage = new BrowserStorage(() => area);
  storage.setItem("asterite.last a:1", "messages");
  storage.setItem("asterite.draft a:1/5", "a text");
  expect([storage.getItem("asterite.last a:1"), area.getItem("asterite.draft a:1/5")]).toEqual([
    null,
    "a text",
  ]);
  storage.setItem("asterite.last a:1", "many messages");
  expect([storage.getItem("asterite.last a:1"), storage.hasUnstored]).toEqual([null, false]);
});

it("works in memory if the browser denies access", () => {
  const storage = new BrowserStorage(() => {
    throw new DOMException("denied", "SecurityError");
  });
  storage.removeItem("asterite.x");
  expect(storage.hasUnstored).toBe(false);
  storage.setItem("asterite.x", "1");
  expect([storage.getItem("asterite.x"), storage.keys(), storage.hasUnstored]).toEqual([
    "1",
    ["asterite.x"],
    true,
  ]);
  storage.removeItem("asterite.x");
  expect([storage.getItem("asterite.x"), storage.hasUnstored]).toEqual([null, false]);
});

it("restores drafts by channel and drops the oldest", () => {
  const storage = memoryStorage();
  const drafts = new Drafts(storage);
  drafts.update("a:1", 5, { text: "half a sent" });
  drafts.update("a:1", 5, { replyTo: 9 });
  expect(new Drafts(storage).get("a:1", 5)).toEqual({ text: "half a sent", replyTo: 9 });
  drafts.update("a:1", 5, { text: "" });
  expect(new Drafts(storage).get("a:1", 5)).toEqual({ text: "", replyTo: 9 });
  drafts.update("a:1", 5, { replyTo: undefined });
  expect(new Drafts(storage).get("a:1", 5)).toBeUndefined();
  for (let channel = 0; channel < 201; channel++) drafts.update("a:1", channel, { text: "x" });
  expect([drafts.get("a:1", 0), drafts.get("a:1", 1)]).toEqual([undefined, { text: "x" }]);
});

it("keeps the command that was chosen with the draft", () => {
  const storage = memoryStorage();
  const command = { bot: 7, prefix: "!", name: "play" };
  new Drafts(storage).update("a:1", 5, { text: "!play x", command });
  expect(new Drafts(storage).get("a:1", 5)).toEqual({ text: "!play x", command });
  new Drafts(storage).update("a:1", 5, { command: undefined });
  expect(new Drafts(storage).get("a:1", 5)).toEqual({ text: "!play x" });
});

it("takes over the drafts that an earlier version stored", () => {
  const storage = memoryStorage();
  const old = [
    ["a:1/5", { text: "old", replyTo: 9 }],
    ["a:1/6", { text: "other" }],
  ];
  new Drafts(storage).update("a:1", 6, { text: "newer" });
  storage.setItem("asterite.drafts", JSON.stringify(old));
  const drafts = new Drafts(storage);
  expect(drafts.get("a:1", 5)).toEqual({ text: "old", replyTo: 9 });
  expect(drafts.get("a:1", 6)).toEqual({ text: "newer", replyTo: undefined });
  drafts.update("a:1", 5, { text: "", replyTo: undefined });
  expect(new Drafts(storage).get("a:1", 5)).toBeUndefined();
});

it("restores edits by message and drops the oldest", () => {
  const storage = memoryStorage();
  const edits = new Edits(storage);
  edits.set("a:1", 5, 2, "one");
  edits.set("b:1", 5, 2, "other server");
  expect(new Edits(storage).forServer("a:1")).toEqual(
    new Map([[5, { channel: 2, text: "one", at: expect.any(Number) }]]),
  );
  edits.delete("a:1", 5);
  expect([edits.get("a:1", 5), edits.get("b:1", 5)?.text]).toEqual([undefined, "other server"]);
  for (let message = 0; message < 51; message++) edits.set("a:1", message, 2, "x");
  expect(edits.forServer("a:1").size + edits.forServer("b:1").size).toBe(50);
});
