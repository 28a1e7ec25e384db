import { expect, it } from "vitest";
import { ResumeQueue } from "./resume-queue.ts";

it("returns events in order, once", () => {
  const queue = new ResumeQueue({ maxMessages: 10, maxBytes: 100 });
  queue.push({ key: "1 TrackStartEvent", text: "a" });
  queue.push({ key: "1 TrackStartEvent", text: "b" });
  expect(queue.drain()).toEqual(["a", "b"]);
  expect(queue.drain()).toEqual([]);
});

it("keeps the last event of each type and player above its limit of messages", () => {
  const queue = new ResumeQueue({ maxMessages: 4, maxBytes: 1_000 });
  for (const text of ["a", "b", "c", "d"]) queue.push({ key: "1 TrackStartEvent", text });
  queue.push({ key: "2 TrackEndEvent", text: "e" });
  expect(queue.drain()).toEqual(["d", "e"]);
});

it("leaves out the oldest events when those of different players are too many bytes", () => {
  const queue = new ResumeQueue({ maxMessages: 100, maxBytes: 100 });
  for (let player = 10; player < 40; player++)
    queue.push({ key: `${player} start`, text: `event no ${player}` });
  const kept = queue.drain();
  expect(kept.at(-1)).toBe("event no 39");
  expect(kept.length).toBeGreaterThan(5);
  expect(kept.join("").length).toBeLessThanOrEqual(100);
});

it("never exceeds its limit, even by one large event", () => {
  const queue = new ResumeQueue({ maxMessages: 100, maxBytes: 10 });
  queue.push({ key: "1 TrackStartEvent", text: "x".repeat(11) });
  expect(queue.drain()).toEqual([]);
});
