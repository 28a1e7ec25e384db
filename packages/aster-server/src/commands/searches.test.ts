import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { Searches, SearchStoppedError } from "./searches.ts";

const session = (id: number, isClosed = false) => ({ id, isClosed });

/** A search that only ends when it is stopped. */
const endless = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));

it("stops a search at its time limit", async () => {
  const searches = new Searches(20);
  await expect(searches.run(1, session(1), endless)).rejects.toThrow(SearchStoppedError);
  expect(await searches.run(1, session(1), () => Promise.resolve(7))).toBe(7);
});

it("stops a search with its connection, and never starts one of a closed connection", async () => {
  const searches = new Searches(60_000);
  const stopped = searches.run(1, session(1), endless);
  const waiting = searches.run(1, session(2, true), endless);
  searches.stop(1);
  await expect(stopped).rejects.toThrow(SearchStoppedError);
  await expect(waiting).rejects.toThrow(SearchStoppedError);
});

it("stops all searches when the server shuts down", async () => {
  const searches = new Searches(60_000);
  const running = [1, 2, 3].map((user) => searches.run(user, session(user), endless));
  const ended = Promise.allSettled(running);
  searches.close();
  expect((await ended).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
});

it("runs one search of an account at a time, beside those of others", async () => {
  const searches = new Searches(60_000);
  const log: string[] = [];
  const search = (name: string, ms: number) => async () => {
    log.push(`${name} begins`);
    await sleep(ms);
    log.push(`${name} ends`);
  };
  await Promise.all([
    searches.run(1, session(1), search("a1", 50)),
    searches.run(1, session(2), search("a2", 1)),
    searches.run(2, session(3), search("b1", 1)),
  ]);
  expect(log.indexOf("a2 begins")).toBeGreaterThan(log.indexOf("a1 ends"));
  expect(log.indexOf("b1 begins")).toBeLessThan(log.indexOf("a1 ends"));
});
