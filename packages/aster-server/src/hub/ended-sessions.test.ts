import { expect, it } from "vitest";
import { EndedSessions } from "./ended-sessions.ts";

it("knows the logins that began before the sessions of their account or token ended", () => {
  let now = 1000;
  const ended = new EndedSessions(() => now);
  ended.add("user:7");
  now = 2000;
  ended.add("token:3");
  expect([999, 1000, 1001].map((time) => ended.hasSince(time, 7, undefined))).toEqual([true, true, false]);
  expect([999, 2000, 2001].map((time) => ended.hasSince(time, 8, 3))).toEqual([true, true, false]);
  expect([ended.hasSince(0, 3, 7), ended.hasSince(0, 8, undefined)]).toEqual([false, false]);
  ended.add("user:7");
  expect(ended.hasSince(1500, 7, undefined)).toBe(true);
});

it("forgets ends after five minutes", () => {
  let now = 0;
  const ended = new EndedSessions(() => now);
  for (let user = 0; user < 1000; user++) ended.add(`user:${user}`);
  now = 300_000;
  ended.add("user:0");
  expect(ended.size).toBe(1000);
  now = 300_001;
  ended.add("user:1");
  expect(ended.size).toBe(2);
});
