import { FakeClock } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { HTTPPool } from "../advanced.ts";
import { AbstractHTTP, HTTPBase, HTTPError, PoolClientExcludeEvent, PoolEmptyError } from "../index.ts";

/** Client whose response the test sets. */
class Answering extends AbstractHTTP {
  readonly closed = false;
  requestCount = 0;
  answer: () => Promise<unknown>;

  constructor(answer: () => Promise<unknown>) {
    super();
    this.answer = answer;
  }

  override request(): Promise<unknown> {
    this.requestCount++;
    return this.answer();
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }

  override reset(): Promise<void> {
    return Promise.resolve();
  }
}

const good = () => Promise.resolve("good");
const broken = () => Promise.reject(new Error("broken"));
const refused = () => Promise.reject(new HTTPError(401, "Unauthorized"));

describe("settings", () => {
  it("have their documented defaults", () => {
    const { timeout, maxPenalties, penaltyTimeFrame } = new HTTPPool([]);
    expect({ timeout, maxPenalties, penaltyTimeFrame }).toEqual({
      timeout: null,
      maxPenalties: 5,
      penaltyTimeFrame: 60,
    });
  });

  it("can be read and changed, and are checked", () => {
    const pool = new HTTPPool([], { timeout: 3, maxPenalties: 0, penaltyTimeFrame: 9 });
    expect([pool.timeout, pool.maxPenalties, pool.penaltyTimeFrame]).toEqual([3, 0, 9]);
    pool.timeout = 4;
    pool.maxPenalties = 2;
    pool.penaltyTimeFrame = 7;
    expect([pool.timeout, pool.maxPenalties, pool.penaltyTimeFrame]).toEqual([4, 2, 7]);
    pool.timeout = null;
    expect(pool.timeout).toBeNull();
    for (const wrong of [{ timeout: 0 }, { maxPenalties: -1 }, { penaltyTimeFrame: 0 }]) {
      const [field] = Object.keys(wrong);
      expect(() => Object.assign(pool, wrong)).toThrow(expect.objectContaining({ field }));
    }
    expect(() => new HTTPPool([], { refusedRetryMs: 0 })).toThrow(
      expect.objectContaining({ field: "refusedRetryMs" }),
    );
    expect(() => pool.addClient({} as never)).toThrow(expect.objectContaining({ field: "client" }));
  });

  it("remove a member with its sixth failure within a minute by default", async () => {
    const clock = new FakeClock();
    const [member, bad] = [new Answering(good), new Answering(broken)];
    const pool = new HTTPPool([member, bad], { clock });
    for (let failures = 1; failures <= 6; failures++) {
      expect([pool.has(bad), bad.requestCount]).toEqual([true, failures - 1]);
      await pool.request("GET", "stats");
      // The first of six is 59 s old at the last.
      await clock.advance(11_800);
    }
    expect([pool.has(bad), pool.has(member)]).toEqual([false, true]);
  });

  it("keep a member whose failures are further apart", async () => {
    const clock = new FakeClock();
    const bad = new Answering(broken);
    const pool = new HTTPPool([new Answering(good), bad], { clock });
    for (let failures = 1; failures <= 12; failures++) {
      await pool.request("GET", "stats");
      await clock.advance(12_000);
    }
    expect([pool.has(bad), bad.requestCount]).toEqual([true, 12]);
  });
});

describe("a member whose node refuses the password", () => {
  it("is passed over for the time of refusedRetryMs, with one event", async () => {
    const clock = new FakeClock();
    const [member, bad] = [new Answering(good), new Answering(refused)];
    const pool = new HTTPPool([member, bad], { clock, refusedRetryMs: 5_000 });
    const events: PoolClientExcludeEvent[] = [];
    pool.eventTarget.on(PoolClientExcludeEvent, (event) => void events.push(event));
    for (let turn = 0; turn < 3; turn++) expect(await pool.request("GET", "stats")).toBe("good");
    expect(bad.requestCount).toBe(1);
    expect(events).toMatchObject([{ client: bad, error: { code: 401 }, retryInMs: 5_000 }]);
    expect([pool.has(bad), pool.getCurrentClient()]).toEqual([true, member]);
    await clock.advance(4_999);
    await pool.request("GET", "stats");
    expect(bad.requestCount).toBe(1);
    await clock.advance(1);
    bad.answer = good;
    for (let turn = 0; turn < 2; turn++) await pool.request("GET", "stats");
    expect(bad.requestCount).toBe(2);
  });

  it("is named by the PoolEmptyError of a pool without another one, until it is used again", async () => {
    const clock = new FakeClock();
    const bad = new Answering(refused);
    const pool = new HTTPPool([bad], { clock });
    await expect(pool.request("GET", "stats")).rejects.toMatchObject({ reasons: [{ client: bad }] });
    await expect(pool.request("GET", "stats")).rejects.toThrow(PoolEmptyError);
    expect([bad.requestCount, pool.getCurrentClient(), pool.getNextClient()]).toEqual([1, null, null]);
    pool.removeClient(bad);
    await expect(pool.request("GET", "stats")).rejects.toMatchObject({ reasons: [] });
    bad.answer = good;
    pool.addClient(bad);
    expect(await pool.request("GET", "stats")).toBe("good");
  });

  it("is not the target of hedging", async () => {
    const clock = new FakeClock();
    const slow = new Answering(() => new Promise(() => {}));
    const pool = new HTTPPool([slow, new Answering(refused)], { clock, timeout: 1 });
    const waiting = pool.request("GET", "stats").catch(() => {});
    await clock.advance(0);
    // The refused request goes to the slow member, with no other one left that could be hedged to.
    expect([slow.requestCount, clock.pending]).toEqual([1, 0]);
    void waiting;
  });
});

it("refuses options that it does not know, and removes closed members before it names the current one", async () => {
  expect(() => new HTTPPool([], { retries: 1 } as never)).toThrow(
    expect.objectContaining({ field: "retries" }),
  );
  const [one, two] = [new HTTPBase("http://127.0.0.1:9/", null), new HTTPBase("http://127.0.0.1:9/", null)];
  const pool = new HTTPPool([one, two]);
  await one.close();
  expect([pool.getCurrentClient() === two, pool.size]).toEqual([true, 1]);
});

describe("a request through several members", () => {
  /** Client that never responds, and keeps the signals of its requests. */
  class Silent extends Answering {
    readonly signals: (AbortSignal | null | undefined)[] = [];

    constructor() {
      super(() => new Promise(() => {}));
    }

    override request(_method?: string, _path?: string, options?: { signal?: AbortSignal | null } | null) {
      this.signals.push(options?.signal);
      return super.request();
    }
  }

  it("is cancelled where another member was faster", async () => {
    const clock = new FakeClock();
    const silent = new Silent();
    const pool = new HTTPPool([new Answering(good), silent], { clock, timeout: 1 });
    const response = pool.request("GET", "stats");
    await clock.advance(999);
    expect(silent.signals.map((signal) => signal?.aborted)).toEqual([false]);
    await clock.advance(1);
    expect(await response).toBe("good");
    expect([silent.signals[0]?.aborted, clock.pending]).toEqual([true, 0]);
  });

  it("is cancelled where its caller aborts it", async () => {
    const silent = new Silent();
    const controller = new AbortController();
    const response = new HTTPPool([silent]).request("GET", "stats", { signal: controller.signal });
    await Promise.resolve();
    controller.abort(new Error("enough"));
    await expect(response).rejects.toThrow("enough");
    expect(silent.signals[0]?.aborted).toBe(true);
  });
});

it("keeps the members that it closed itself, for a reset", async () => {
  const pool = new HTTPPool([new HTTPBase("http://127.0.0.1:9/", null)]);
  await pool.close();
  expect([pool.getCurrentClient()?.closed, pool.size]).toEqual([true, 1]);
  await pool.reset();
  expect([pool.getCurrentClient()?.closed, pool.size]).toEqual([false, 1]);
});
