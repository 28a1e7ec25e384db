import { expect, it } from "vitest";
import { Drafts } from "../lib/storage/drafts.ts";
import { Edits } from "../lib/storage/edits.ts";
import { memoryStorage } from "../lib/storage/memory-storage.test-support.ts";
import { moveTexts } from "./unite-sessions.ts";

it("moves drafts, edits and unsent messages of one server and joins two drafts of a channel", () => {
  const storage = memoryStorage();
  const texts = { storage, drafts: new Drafts(storage), edits: new Edits(storage) };
  const { drafts, edits } = texts;
  drafts.update("a:1", 1, { text: "one" });
  drafts.update("a:1", 2, { text: "two", replyTo: 7 });
  drafts.update("b:1", 1, { text: "known" });
  drafts.update("a:1~12", 1, { text: "of another server" });
  edits.set("a:1", 5, 1, "edited");
  edits.set("a:1", 6, 1, "older edit");
  edits.set("b:1", 6, 1, "known edit");
  storage.setItem("asterite.outbox a:1 n1", "message");
  storage.setItem("asterite.outbox a:1~12 n2", "message of another server");
  moveTexts("a:1", "b:1", texts);
  expect(drafts.get("b:1", 1)).toEqual({ text: "known\none" });
  expect(drafts.get("b:1", 2)).toEqual({ text: "two", replyTo: 7 });
  expect(edits.get("b:1", 5)).toMatchObject({ text: "edited" });
  expect(edits.get("b:1", 6)).toMatchObject({ text: "known edit" });
  expect(storage.getItem("asterite.outbox b:1 n1")).toBe("message");
  expect(storage.keys().filter((key) => key.includes(" a:1 ") || key.includes(" a:1/"))).toEqual([]);
  expect(drafts.get("a:1~12", 1)).toMatchObject({ text: "of another server" });
  expect(storage.getItem("asterite.outbox a:1~12 n2")).toBe("message of another server");
});
