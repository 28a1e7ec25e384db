import { HTTPError } from "@asterite/andesite";
import { silentLogger } from "@asterite/util";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { StreamUrl } from "../nodes/audio-nodes.ts";
import { RenewedLink } from "./renewed-link.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Reply = () => StreamUrl | undefined;

/** Creates a link for which the node sends these replies in order, and repeats the last one. */
function createLink(...replies: [Reply, ...Reply[]]) {
  const urls: (string | null)[] = [];
  let requests = 0;
  const createStreamUrl = async (): Promise<StreamUrl | undefined> => {
    const reply = replies[Math.min(requests++, replies.length - 1)] ?? replies[0];
    return await Promise.resolve().then(reply);
  };
  const link = new RenewedLink(createStreamUrl, "5", 3_600, () => urls.push(link.url), silentLogger);
  return { link, urls, requests: () => requests };
}

const validFor =
  (url: string, ms: number): Reply =>
  () => ({ url, expiresMs: Date.now() + ms });
const notFound: Reply = () => {
  throw new HTTPError(404, "Player not found");
};

it("replaces the link before it expires", async () => {
  const { link, urls } = createLink(validFor("/a", 100_000), validFor("/b", 100_000));
  link.refresh();
  await vi.advanceTimersByTimeAsync(79_000);
  expect(urls).toEqual(["/a"]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect([urls, link.url]).toEqual([["/a", "/b"], "/b"]);
  link.drop();
  expect([urls, link.url, link.isActive, vi.getTimerCount()]).toEqual([["/a", "/b", null], null, false, 0]);
});

it("retries while the player does not exist yet, and gives up on nodes without listen links", async () => {
  const late = createLink(notFound, () => undefined, validFor("/a", 100_000));
  late.link.refresh();
  await vi.advanceTimersByTimeAsync(4_000);
  expect(late.urls).toEqual(["/a"]);
  late.link.drop();
  const never = createLink(notFound);
  never.link.refresh();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect([never.requests(), never.urls, vi.getTimerCount()]).toEqual([5, [], 0]);
});

it("ignores a reply after it was dropped", async () => {
  const { link, urls } = createLink(validFor("/a", 100_000));
  link.refresh();
  link.drop();
  await vi.advanceTimersByTimeAsync(1_000);
  expect([urls, link.url]).toEqual([[], null]);
});

it("backs off while the node is unreachable", async () => {
  const { link, requests } = createLink(() => {
    throw new TypeError("fetch failed");
  });
  link.refresh();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(requests()).toBeGreaterThan(5);
  expect(requests()).toBeLessThan(20);
  link.drop();
});
