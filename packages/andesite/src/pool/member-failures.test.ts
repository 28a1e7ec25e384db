import { expect, it } from "vitest";
import { PoolEmptyError } from "./errors.ts";
import { MemberFailures } from "./member-failures.ts";

const client = (name: string): object => ({ toString: () => name });

it("keeps the last failure of each member, the newest at the end", () => {
  const failures = new MemberFailures();
  const [one, two] = [client("one"), client("two")];
  failures.record(one, "first");
  failures.record(two, "second");
  failures.record(one, "third");
  expect(failures.list).toEqual([
    { client: two, error: "second" },
    { client: one, error: "third" },
  ]);
  failures.forget(two);
  expect(failures.list).toEqual([{ client: one, error: "third" }]);
});

it("keeps 32 failures, without the oldest", () => {
  const failures = new MemberFailures();
  const clients = Array.from({ length: 33 }, (_, index) => client(`${index}`));
  for (const [index, one] of clients.entries()) failures.record(one, index);
  expect(failures.list.map(({ error }) => error)).toEqual(
    Array.from({ length: 32 }, (_, index) => index + 1),
  );
});

it("names the reasons of up to five members in the error, and the last one as its cause", () => {
  const reasons = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      client: client(`node ${index}`),
      error: index === 0 ? "refused" : new Error(`failure ${index}`),
    }));
  const pool = {};
  const empty = new PoolEmptyError(pool);
  expect([empty.message, empty.cause]).toEqual(["the pool has no usable client", undefined]);
  expect(empty).toMatchObject({ pool, reasons: [] });
  const few = new PoolEmptyError(pool, reasons(2));
  expect(few.message).toBe("the pool has no usable client (node 0: refused; node 1: failure 1)");
  expect(few.cause).toBe(few.reasons[1]?.error);
  expect(new PoolEmptyError(pool, reasons(5)).message).not.toContain("more");
  const many = new PoolEmptyError(pool, reasons(7));
  expect(many.message).toMatch(/node 4: failure 4 and 2 more\)$/);
  expect(many.message).not.toContain("node 5");
});
