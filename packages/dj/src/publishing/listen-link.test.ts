import { HTTPError } from "@asterite/andesite";
import { silentLogger } from "@asterite/util";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { StreamUrl } from "../nodes/audio-nodes.ts";
import { ListenLink } from "./listen-link.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Answer = () => StreamUrl | null;

/** A link whose answers are given one after the other, the last one again and again. */
function make(...answers: [Answer, ...Answer[]]) {
  const told: (string | null)[] = [];
  let asked = 0;
  const ask = async (): Promise<StreamUrl | null> => {
    const answer = answers[Math.min(asked++, answers.length - 1)] ?? answers[0];
    return await Promise.resolve().then(answer);
  };
  const link = new ListenLink(ask, () => told.push(link.url), silentLogger);
  return { link, told, asked: () => asked };
}

const lasting =
  (url: string, ms: number): Answer =>
  () => ({ url, expiresMs: Date.now() + ms });
const refuse: Answer = () => {
  throw new HTTPError(404, "Player not found");
};

it("is renewed before it ends", async () => {
  const { link, told } = make(lasting("/a", 100_000), lasting("/b", 100_000));
  link.renew();
  await vi.advanceTimersByTimeAsync(79_000);
  expect(told).toEqual(["/a"]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect([told, link.url]).toEqual([["/a", "/b"], "/b"]);
  link.drop();
  expect([told, link.url, link.isWanted, vi.getTimerCount()]).toEqual([["/a", "/b", null], null, false, 0]);
});

it("is asked for again while the player is not there yet, and given up where there are none", async () => {
  const late = make(refuse, () => null, lasting("/a", 100_000));
  late.link.renew();
  await vi.advanceTimersByTimeAsync(4_000);
  expect(late.told).toEqual(["/a"]);
  late.link.drop();
  const never = make(refuse);
  never.link.renew();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect([never.asked(), never.told, vi.getTimerCount()]).toEqual([5, [], 0]);
});

it("an answer that comes after it was dropped is not taken", async () => {
  const { link, told } = make(lasting("/a", 100_000));
  link.renew();
  link.drop();
  await vi.advanceTimersByTimeAsync(1_000);
  expect([told, link.url]).toEqual([[], null]);
});

it("waits longer and longer for a node that cannot be reached", async () => {
  const { link, asked } = make(() => {
    throw new TypeError("fetch failed");
  });
  link.renew();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(asked()).toBeGreaterThan(5);
  expect(asked()).toBeLessThan(20);
  link.drop();
});
