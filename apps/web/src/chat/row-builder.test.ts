import { expect, it } from "vitest";
import type { Entry } from "./entry.ts";
import type { PendingMessage } from "./outbox.ts";
import { RowBuilder } from "./row-builder.ts";

const dayMs = 86_400_000;
const dayKey = (at: number) => String(Math.floor(at / dayMs));
const entry = (uuid: number, at: number, more: Partial<Entry> = {}): Entry => ({
  uuid,
  author: 1,
  content: "x",
  at,
  isEdited: false,
  replyTo: undefined,
  ...more,
});
const defaults = { pending: [], hasStart: false, lastRead: undefined, dayKey };
const short = (rows: readonly { key: string; isContinued?: boolean }[]) =>
  rows.map(({ key, isContinued }) => (isContinued ? `${key} +` : key));

it("groups messages of one author until time, author, day or a reply separates them", () => {
  const entries = [
    entry(1, 0),
    entry(2, 1000),
    entry(3, 2000, { replyTo: 1 }),
    entry(4, 3000, { author: 2 }),
    entry(5, 10 * 60_000, { author: 2 }),
    entry(6, dayMs, { author: 2 }),
  ];
  expect(short(new RowBuilder().build({ ...defaults, entries, hasStart: true }))).toEqual([
    "start",
    "day 0",
    "message 1",
    "message 2 +",
    "message 3",
    "message 4",
    "message 5",
    "day 1",
    "message 6",
  ]);
});

it("inserts one unread marker after the last read message", () => {
  const entries = [entry(1, 0), entry(2, 1), entry(3, 2)];
  const make = (lastRead: number | undefined) =>
    short(new RowBuilder().build({ ...defaults, entries, lastRead }));
  expect(make(1)).toEqual(["day 0", "message 1", "new", "message 2", "message 3 +"]);
  expect(make(3)).not.toContain("new");
  expect(make(undefined)).not.toContain("new");
});

it("keeps the identity of unchanged rows", () => {
  const builder = new RowBuilder();
  const entries = [entry(1, 0), entry(2, 1), entry(3, 2)];
  const pending: PendingMessage = { nonce: "a", channel: 1, content: "p", at: 5, state: "sending" };
  const before = builder.build({ ...defaults, entries, pending: [pending] });
  expect(builder.build({ ...defaults, entries: [...entries], pending: [pending] })).toBe(before);
  const changed = entries.map((one) => (one.uuid === 2 ? { ...one, content: "y" } : one));
  const after = builder.build({ ...defaults, entries: changed, pending: [pending] });
  expect(after.map((row, index) => row === before[index])).toEqual([true, true, false, true, true]);
});

it("keeps rows when older messages are loaded, except for the first", () => {
  const builder = new RowBuilder();
  const entries = [entry(3, 2000), entry(4, 3000), entry(5, 4000)];
  const before = builder.build({ ...defaults, entries });
  const after = builder.build({ ...defaults, entries: [entry(1, 0), entry(2, 1000), ...entries] });
  expect(short(after)).toEqual([
    "day 0",
    "message 1",
    "message 2 +",
    "message 3 +",
    "message 4 +",
    "message 5 +",
  ]);
  expect(after.slice(4).map((row, index) => row === before[index + 2])).toEqual([true, true]);
});
