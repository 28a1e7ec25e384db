import { getEventListeners } from "node:events";
import { beforeEach, describe, expect, it } from "vitest";
import { walkHistory } from "./history.ts";

interface Asked {
  readonly count: number;
  readonly before?: unknown;
}

const entries = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ uuid: from + index }));

let total: number;
let asked: Asked[];
let signals: (AbortSignal | undefined)[];

beforeEach(() => {
  total = 250;
  asked = [];
  signals = [];
});

/** Returns the newest entries before a bound, oldest first, as the server does. */
function fetchPage({ count, before, signal }: Asked & { signal?: AbortSignal | undefined }) {
  asked.push({ count, ...(before !== undefined && { before }) });
  signals.push(signal);
  const bound =
    typeof before === "object" ? (before as { uuid: number }).uuid : (before as number | undefined);
  const newest = (bound ?? total + 1) - 1;
  return Promise.resolve(entries(Math.max(1, newest - count + 1), newest));
}

const uuids = async (walk: AsyncIterable<{ uuid: number }>) =>
  (await Array.fromAsync(walk)).map(({ uuid }) => uuid);

describe("walkHistory", () => {
  it("yields everything from newest to oldest, in pages of 100 by default", async () => {
    expect(await uuids(walkHistory(fetchPage, {}))).toEqual(entries(1, 250).map(({ uuid }) => 251 - uuid));
    expect(asked).toEqual([
      { count: 100 },
      { count: 100, before: { uuid: 151 } },
      { count: 100, before: { uuid: 51 } },
      { count: 100, before: { uuid: 1 } },
    ]);
  });

  it("begins before a message, and asks for no more than the limit", async () => {
    expect(await uuids(walkHistory(fetchPage, { before: 11, limit: 5, pageSize: 3 }))).toEqual([
      10, 9, 8, 7, 6,
    ]);
    expect(asked).toEqual([
      { count: 3, before: 11 },
      { count: 2, before: { uuid: 8 } },
    ]);
  });

  it("asks for nothing with the limit 0, and once for a limit of one page", async () => {
    expect(await uuids(walkHistory(fetchPage, { limit: 0 }))).toEqual([]);
    expect(asked).toEqual([]);
    expect(await uuids(walkHistory(fetchPage, { limit: 100 }))).toHaveLength(100);
    expect(asked).toEqual([{ count: 100 }]);
  });

  it("ends at an empty page", async () => {
    total = 0;
    expect(await uuids(walkHistory(fetchPage, {}))).toEqual([]);
    expect(asked).toHaveLength(1);
  });

  it("asks for the next page before the reader has read the last one", async () => {
    const walk = walkHistory(fetchPage, { pageSize: 2 });
    expect((await walk.next()).value).toEqual({ uuid: 250 });
    expect(asked).toEqual([{ count: 2 }, { count: 2, before: { uuid: 249 } }]);
  });

  it("aborts the page ahead when the reader stops, whatever becomes of it", async () => {
    const walk = walkHistory(
      (request) => (asked.length > 0 ? Promise.reject(new Error("too late")) : fetchPage(request)),
      {},
    );
    expect((await walk.next()).value).toEqual({ uuid: 250 });
    expect(signals[0]?.aborted).toBe(false);
    await walk.return();
    expect(signals[0]?.aborted).toBe(true);
    await new Promise(setImmediate);
  });

  it("throws the error of a page after the entries before it", async () => {
    const failure = new Error("no history");
    const walk = walkHistory((request) => (asked.length > 0 ? Promise.reject(failure) : fetchPage(request)), {
      pageSize: 1,
    });
    expect((await walk.next()).value).toEqual({ uuid: 250 });
    await expect(walk.next()).rejects.toBe(failure);
  });

  it("ends with the reason of its signal, and leaves no listener behind", async () => {
    const abort = new AbortController();
    const walk = walkHistory(fetchPage, { signal: abort.signal });
    await walk.next();
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(walk.next()).rejects.toBe(reason);
    expect(signals.every((signal) => signal?.aborted)).toBe(true);
    expect(getEventListeners(abort.signal, "abort")).toEqual([]);
  });

  it.each([
    [{ pageSize: 0 }, "pageSize"],
    [{ pageSize: 1001 }, "pageSize"],
    [{ pageSize: Number.NaN }, "pageSize"],
    [{ limit: -1 }, "limit"],
    [{ limit: Number.NaN }, "limit"],
    [{ count: 5 } as object, "count"],
    [null as never, "options of history"],
  ])("refuses %j", async (options, name) => {
    const walk = walkHistory(fetchPage, options);
    await expect(walk.next()).rejects.toMatchObject({
      code: "ARGUMENT_INVALID",
      message: expect.stringContaining(name),
    });
    expect(asked).toEqual([]);
  });

  it.each([1, 1000])("accepts the page size %d", async (pageSize) => {
    await walkHistory(fetchPage, { pageSize }).next();
    expect(asked[0]).toEqual({ count: pageSize });
  });
});
