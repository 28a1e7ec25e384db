import { expect, it } from "vitest";
import { type Middleware, runMiddleware } from "./middleware.ts";

const pass: Middleware<object> = (_context, next) => next();

it("reports the error of a command that a middleware did not await", async () => {
  const careless: Middleware<object> = (_context, next) => {
    void next();
  };
  const failing = () => Promise.resolve().then(() => Promise.reject(new RangeError("late")));
  await expect(runMiddleware([pass, careless], {}, failing)).rejects.toThrow("late");
});

it("lets a middleware handle the error of a command", async () => {
  const caught: unknown[] = [];
  const guard: Middleware<object> = (_context, next) => next().catch((error: unknown) => caught.push(error));
  await runMiddleware([guard, pass], {}, () => Promise.reject(new RangeError("handled")));
  expect(caught).toEqual([new RangeError("handled")]);
});

it("refuses a second call of next", async () => {
  let runs = 0;
  const twice: Middleware<object> = async (_context, next) => {
    await next();
    await next();
  };
  const run = runMiddleware([twice], {}, () => Promise.resolve(void runs++));
  await expect(run).rejects.toMatchObject({ code: "NEXT_REPEATED" });
  expect(runs).toBe(1);
});
