import { PoolEmptyError } from "@asterite/andesite";
import { WebSocketPoolBase } from "@asterite/andesite/advanced";
import { QueueError, type QueueErrorCode } from "@asterite/queue";
import { expect, it, onTestFinished } from "vitest";
import { toUserMessage } from "./user-message.ts";

it.each<[QueueErrorCode, string]>([
  ["QUEUE_FULL", "The queue is full."],
  ["DUPLICATE_TRACK", "playing or queued already"],
  ["NO_SUCH_ENTRY", "`?queue` shows the numbers"],
  ["NOT_PLAYING", "`?help` lists the commands"],
  ["NOT_SEEKABLE", "can't seek in a live stream"],
])("replies to %s with what to do", (code, text) => {
  expect(toUserMessage(new QueueError(code, "for the log"), "?")).toContain(text);
});

it("replies to errors of the network", () => {
  const pool = new WebSocketPoolBase([]);
  onTestFinished(() => pool.close());
  for (const [error, text] of [
    [new PoolEmptyError(pool), "No audio node is available"],
    [new DOMException("late", "TimeoutError"), "took too long"],
    [new TypeError("fetch failed", { cause: new Error("ECONNREFUSED") }), "can't be reached"],
  ] as const) {
    expect(toUserMessage(error, "!")).toContain(text);
  }
});

it.each([
  new QueueError("BAD_ARGUMENT", "volume is 11"),
  new QueueError("BAD_SNAPSHOT", "not an object"),
  new TypeError("x is not a function"),
  new DOMException("gone", "AbortError"),
  "text",
])("leaves %s to the log", (error) => {
  expect(toUserMessage(error, "!")).toBeUndefined();
});
