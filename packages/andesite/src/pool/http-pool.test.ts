import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { HTTPPool, OutOfRangeError } from "../advanced.ts";
import {
  AbstractHTTP,
  ClientClosedError,
  type Clock,
  HTTPBase,
  HTTPError,
  PoolEmptyError,
} from "../index.ts";
import { closeAfterTest, startNode } from "../nodes.test-support.ts";

/** Client whose responses the test controls. */
class Fake extends AbstractHTTP {
  readonly name: string;
  requestCount = 0;
  closed = false;
  answer: () => Promise<unknown>;

  constructor(name: string, answer?: () => Promise<unknown>) {
    super();
    this.name = name;
    this.answer = answer ?? (() => Promise.resolve(name));
  }

  override request(): Promise<unknown> {
    this.requestCount++;
    return this.answer();
  }

  override close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  override reset(): Promise<void> {
    this.closed = false;
    return Promise.resolve();
  }
}

const broken = () => Promise.reject(new Error("refused"));
const never = () => new Promise<never>(() => {});

describe("rotation", () => {
  it("sends each request through the next client, in order, without duplicates", async () => {
    const [a, b, c] = [new Fake("a"), new Fake("b"), new Fake("c")];
    const pool = new HTTPPool([a, b, a, c]);
    expect([pool.size, pool.getCurrentClient()]).toEqual([3, a]);
    const answers = [];
    for (let turn = 0; turn < 4; turn++) answers.push(await pool.request("GET", "stats"));
    expect(answers).toEqual(["b", "c", "a", "b"]);
    expect([...pool]).toEqual([b, c, a]);
  });

  it("removes closed members", async () => {
    const [a, b] = [new Fake("a"), new Fake("b")];
    const pool = new HTTPPool([a, b]);
    await b.close();
    expect(await pool.request("GET", "stats")).toBe("a");
    expect(pool.has(b)).toBe(false);
    pool.removeClient(a);
    expect(pool.getNextClient()).toBeNull();
    await expect(pool.request("GET", "stats")).rejects.toThrow(PoolEmptyError);
    expect(() => pool.removeClient(a)).toThrow(OutOfRangeError);
    pool.addClient(a);
    expect(() => pool.addClient(a)).toThrow(OutOfRangeError);
  });

  it("closes and resets its members", async () => {
    const pool = new HTTPPool([new Fake("a"), new Fake("b")]);
    await pool.close();
    expect(pool.closed).toBe(true);
    await expect(pool.request("GET", "stats")).rejects.toThrow(ClientClosedError);
    await pool.reset();
    expect([pool.closed, pool.size]).toEqual([false, 2]);
    expect(await pool.request("GET", "stats")).toBe("b");
  });
});

describe("failures", () => {
  it("retries with the next client, and penalises the failed one until it is removed", async () => {
    const [good, bad] = [new Fake("good"), new Fake("bad", broken)];
    const pool = new HTTPPool([good, bad], { maxPenalties: 2 });
    for (let turn = 0; turn < 10; turn++) expect(await pool.request("GET", "stats")).toBe("good");
    expect([pool.has(good), pool.has(bad), bad.requestCount]).toEqual([true, false, 3]);
  });

  it("drops old penalties", async () => {
    let nowMs = 0;
    const clock = { now: () => nowMs, setTimeout, clearTimeout } as unknown as Clock;
    const [good, bad] = [new Fake("good"), new Fake("bad", broken)];
    const pool = new HTTPPool([good, bad], { maxPenalties: 1, penaltyTimeFrame: 10, clock });
    for (let turn = 0; turn < 10; turn++) {
      nowMs += 20_000;
      await pool.request("GET", "stats");
    }
    expect(pool.has(bad)).toBe(true);
    expect(bad.requestCount).toBe(10);
  });

  it("retries with the next client when one throws synchronously", async () => {
    const bad = new Fake("bad", () => {
      throw new Error("at once");
    });
    expect(await new HTTPPool([new Fake("good"), bad]).request("GET", "stats")).toBe("good");
  });

  it("rejects when the caller's signal aborts, and leaves no listener on it", async () => {
    const controller = new AbortController();
    const slow = new Fake("slow", never);
    const running = new HTTPPool([slow]).request("GET", "stats", controller);
    while (slow.requestCount === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it("rejects with PoolEmptyError and the last error when no client is left", async () => {
    const pool = new HTTPPool([new Fake("a", broken), new Fake("b", broken)], { maxPenalties: 0 });
    const error = await pool.request("GET", "stats").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PoolEmptyError);
    expect(String((error as Error).cause)).toContain("refused");
  });

  it("passes on error responses and errors of arguments", async () => {
    const refused = new Fake("a", () => Promise.reject(new HTTPError(404, "Not found")));
    const other = new Fake("b");
    const pool = new HTTPPool([other, refused]);
    await expect(pool.request("GET", "stats")).rejects.toThrow("Not found");
    expect(other.requestCount).toBe(0);
    const real = new HTTPPool([new HTTPBase("http://127.0.0.1:9/", null)], { maxPenalties: 0 });
    await expect(real.request("GET", "/stats")).rejects.toThrow(OutOfRangeError);
    expect(real.size).toBe(1);
  });
});

describe("hedging", () => {
  it("sends the request through the next client after the timeout, and uses the first response", async () => {
    const [slow, quick] = [new Fake("slow", never), new Fake("quick")];
    const pool = new HTTPPool([quick, slow], { timeout: 0.01 });
    expect(await pool.request("GET", "stats")).toBe("quick");
    expect([slow.requestCount, quick.requestCount]).toEqual([1, 1]);
    let late: (value: string) => void = () => {};
    slow.answer = () => new Promise((resolve) => (late = resolve));
    quick.answer = () => {
      late("late");
      return never();
    };
    expect(await pool.request("GET", "stats")).toBe("late");
  });

  it("does not send a request twice through the same client", async () => {
    const slow = new Fake("slow", () => new Promise((resolve) => setTimeout(resolve, 50, "slow")));
    const pool = new HTTPPool([slow], { timeout: 0.001 });
    expect(await pool.request("GET", "stats")).toBe("slow");
    expect(slow.requestCount).toBe(1);
  });

  it("aborts the attempts that lost, on real sockets", async () => {
    const [one, other] = [await startNode(), await startNode()];
    other.stall();
    one.respond = () => void other.resume();
    other.respond = () => ({ status: 200, body: { loadType: "NO_MATCHES" } });
    const pool = new HTTPPool(
      [other, one].map(({ httpUrl }) => new HTTPBase(httpUrl, null)),
      { timeout: 0.02 },
    );
    closeAfterTest(pool);
    const found = await pool.loadTracks("x");
    expect(found.loadType).toBe("NO_MATCHES");
    expect(one.requests).toHaveLength(1);
  });

  it("checks its options", () => {
    expect(() => new HTTPPool([], { timeout: 0 })).toThrow("timeout");
    expect(() => new HTTPPool([], { maxPenalties: -1 })).toThrow("maxPenalties");
    expect(() => new HTTPPool([], { penaltyTimeFrame: 0 })).toThrow("penaltyTimeFrame");
  });
});
