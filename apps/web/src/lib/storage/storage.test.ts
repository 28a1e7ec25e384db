import * as v from "@asterite/util/schema";
import { expect, it } from "vitest";
import { Drafts } from "./drafts.ts";
import { Edits } from "./edits.ts";
import { memoryStorage, StoredValue } from "./stored-value.ts";

it("persists a value and ignores invalid data", () => {
  const storage = memoryStorage();
  const make = () => new StoredValue(storage, "x", v.array(v.number), [7]);
  expect(make().get()).toEqual([7]);
  expect(make().set([1, 2])).toBe(true);
  expect(make().get()).toEqual([1, 2]);
  for (const garbage of ["", "{", '["1"]', "null"]) {
    storage.setItem("asterite.x", garbage);
    expect(make().get()).toEqual([7]);
  }
});

it("returns false instead of throwing when the storage is full", () => {
  const full = { ...memoryStorage(), setItem: () => expect.unreachable() };
  full.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  expect(new StoredValue(full, "x", v.string, "").set("y")).toBe(false);
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
