import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { raceSignal } from "./race-signal.ts";

it("settles like the promise while the signal is not aborted, and removes its listener", async () => {
  const { signal } = new AbortController();
  expect(await raceSignal(Promise.resolve(1), signal)).toBe(1);
  await expect(raceSignal(Promise.reject(new Error("failed")), signal)).rejects.toThrow("failed");
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

it("rejects with the reason of a signal that aborts first, and ignores a later failure", async () => {
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const raced = raceSignal(promise, controller.signal);
  controller.abort(new Error("aborted"));
  await expect(raced).rejects.toThrow("aborted");
  // Without a handler this rejection would fail the test run.
  reject(new Error("failed later"));
  await new Promise<void>((resolve) => void setImmediate(resolve));
});

it("rejects when the signal was aborted before, even if the promise is settled", async () => {
  const signal = AbortSignal.abort(new Error("aborted before"));
  await expect(raceSignal(Promise.resolve(1), signal)).rejects.toThrow("aborted before");
  await expect(raceSignal(Promise.reject(new Error("failed")), signal)).rejects.toThrow("aborted before");
});
