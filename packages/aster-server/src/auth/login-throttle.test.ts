import { FakeClock } from "@asterite/testkit";
import { clientNetworkOf } from "@asterite/util";
import { describe, expect, it, vi } from "vitest";
import { defaultLoginLimits, type LoginLimits, LoginThrottle } from "./login-throttle.ts";

const attacker = "192.0.2.1";
const owner = "198.51.100.1";
const ann = 1;

function setUp(limits: Partial<LoginLimits> = {}) {
  const clock = new FakeClock();
  const throttle = new LoginThrottle({ ...defaultLoginLimits, ...limits }, clock);
  /** Makes one attempt and returns its result, its delay and whether the password was checked. */
  const attempt = async (address: string, account: number, isCorrect: boolean) => {
    const startedAt = clock.now();
    const check = vi.fn(() => Promise.resolve(isCorrect));
    const { isCorrect: result } = await throttle.attempt(clientNetworkOf(address), account, check);
    return { result, afterMs: clock.now() - startedAt, isChecked: check.mock.calls.length > 0 };
  };
  /** Makes one attempt and advances the clock by the refusal delay. */
  const attemptAndAdvance = async (address: string, account: number, isCorrect: boolean) => {
    const result = attempt(address, account, isCorrect);
    await clock.advance(3000);
    return await result;
  };
  return { clock, throttle, attempt, attemptAndAdvance };
}

describe("an address that guesses the password of one account", () => {
  const small = { failuresPerAddressAndAccount: 3 };

  it("gets delayed refusals from its last allowed failure on, for right passwords too", async () => {
    const { attempt, attemptAndAdvance } = setUp(small);
    const wrong = { result: false, afterMs: 0, isChecked: true };
    expect(await attempt(attacker, ann, false)).toEqual(wrong);
    expect(await attempt(attacker, ann, false)).toEqual(wrong);
    expect(await attemptAndAdvance(attacker, ann, false)).toEqual({ ...wrong, afterMs: 3000 });
    expect(await attemptAndAdvance(attacker, ann, false)).toEqual({
      ...wrong,
      afterMs: 3000,
      isChecked: false,
    });
    expect(await attemptAndAdvance(attacker, ann, true)).toEqual({
      ...wrong,
      afterMs: 3000,
      isChecked: false,
    });
  });

  it("gets one more attempt after the recovery time, again with a delayed refusal", async () => {
    const { clock, attempt, attemptAndAdvance } = setUp(small);
    for (let count = 0; count < 3; count++) await attemptAndAdvance(attacker, ann, false);
    await clock.advance(30_000);
    expect(await attemptAndAdvance(attacker, ann, false)).toMatchObject({ afterMs: 3000, isChecked: true });
    expect(await attemptAndAdvance(attacker, ann, false)).toMatchObject({ afterMs: 3000, isChecked: false });
    await clock.advance(30_000);
    expect(await attempt(attacker, ann, true)).toEqual({ result: true, afterMs: 0, isChecked: true });
  });

  it("affects neither the owner at another address nor its own logins to another account", async () => {
    const { attempt, attemptAndAdvance } = setUp(small);
    for (let count = 0; count < 10; count++) await attemptAndAdvance(attacker, ann, false);
    expect(await attempt(owner, ann, true)).toEqual({ result: true, afterMs: 0, isChecked: true });
    expect(await attempt(attacker, 2, true)).toEqual({ result: true, afterMs: 0, isChecked: true });
  });

  it("gets a full budget after the right password", async () => {
    const { attempt } = setUp(small);
    for (let round = 0; round < 5; round++) {
      for (const isCorrect of [false, false, true]) {
        expect(await attempt(owner, ann, isCorrect)).toEqual({
          result: isCorrect,
          afterMs: 0,
          isChecked: true,
        });
      }
    }
  });

  it("gets no more attempts by sending them concurrently", async () => {
    const { clock, throttle } = setUp(small);
    let running = 0;
    let maxRunning = 0;
    let checks = 0;
    const check = async () => {
      checks++;
      running++;
      maxRunning = Math.max(maxRunning, running);
      await new Promise(setImmediate);
      running--;
      return false;
    };
    const results = Promise.all(Array.from({ length: 100 }, () => throttle.attempt(attacker, ann, check)));
    await clock.advance(4000);
    expect(new Set((await results).map(({ isCorrect }) => isCorrect))).toEqual(new Set([false]));
    expect({ checks, maxRunning }).toEqual({ checks: 3, maxRunning: 3 });
  });
});

it("returns the time until the next attempt of a refused address only", async () => {
  const { clock, throttle, attemptAndAdvance } = setUp({ failuresPerAddressAndAccount: 2 });
  for (let count = 0; count < 2; count++) await attemptAndAdvance(attacker, ann, false);
  const refused = throttle.attempt(attacker, ann, () => Promise.resolve(true));
  await clock.advance(3000);
  const { isCorrect, retryAfterMs = 0 } = await refused;
  expect(isCorrect).toBe(false);
  // The reply itself is late by the refusal delay, which the wait does not include.
  expect(retryAfterMs).toBeGreaterThan(20_000);
  await clock.advance(retryAfterMs);
  expect(await throttle.attempt(attacker, ann, () => Promise.resolve(true))).toEqual({ isCorrect: true });
});

it("counts the failures of an address for all accounts, and a whole /64 as one address", async () => {
  const { attempt, attemptAndAdvance } = setUp({ failuresPerAddress: 4 });
  for (let account = 1; account <= 3; account++) await attempt(`2001:db8::${account}`, account, false);
  await attemptAndAdvance("2001:db8::4", 4, false);
  expect(await attemptAndAdvance("2001:db8::99", 5, true)).toEqual({
    result: false,
    afterMs: 3000,
    isChecked: false,
  });
  expect(await attempt("2001:db8:0:1::1", 5, true)).toMatchObject({ result: true, afterMs: 0 });
});

it("accepts any number of concurrent correct logins from one address", async () => {
  const { throttle } = setUp({ failuresPerAddress: 2, failuresPerAddressAndAccount: 1 });
  const check = () => new Promise<boolean>((resolve) => setImmediate(() => resolve(true)));
  const logins = Array.from({ length: 200 }, (_, index) => throttle.attempt(owner, index % 20, check));
  const results = await Promise.all(logins);
  expect(results.every(({ isCorrect }) => isCorrect)).toBe(true);
  expect(throttle.size).toBe(0);
});

it("delays but never refuses the owner of an account that many addresses guess", async () => {
  const { attempt, attemptAndAdvance, clock } = setUp({ failuresPerAccount: 5 });
  for (let host = 0; host < 50; host++) await attemptAndAdvance(`192.0.2.${host}`, ann, false);
  const login = attempt(owner, ann, true);
  await clock.advance(1000);
  expect(await login).toEqual({ result: true, afterMs: 1000, isChecked: true });
  await clock.advance(10 * 60_000);
  expect(await attempt(owner, ann, true)).toMatchObject({ afterMs: 0 });
});

it("does not count an error of the check as a failure", async () => {
  const { throttle, attempt } = setUp({ failuresPerAddressAndAccount: 1 });
  const broken = () => Promise.reject(new Error("no memory"));
  await expect(throttle.attempt(owner, ann, broken)).rejects.toThrow("no memory");
  expect(throttle.size).toBe(0);
  expect(await attempt(owner, ann, true)).toMatchObject({ result: true });
});

it("limits the number of remembered budgets and removes recovered ones", async () => {
  const { clock, throttle } = setUp({ maxRemembered: 100 });
  const guess = (index: number) =>
    throttle.attempt(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, index, () =>
      Promise.resolve(false),
    );
  for (let index = 0; index < 5000; index++) await guess(index);
  expect(throttle.size).toBeLessThanOrEqual(300);
  expect(throttle.size).toBeGreaterThan(200);
  await clock.advance(60_000);
  await guess(5001);
  expect(throttle.size).toBe(3);
});

it("ends delays when closed", async () => {
  const { throttle, attempt, attemptAndAdvance } = setUp({ failuresPerAddressAndAccount: 1 });
  await attemptAndAdvance(attacker, ann, false);
  const waiting = attempt(attacker, ann, true);
  await new Promise(setImmediate);
  throttle.close();
  expect(await waiting).toEqual({ result: false, afterMs: 0, isChecked: false });
  expect(await attempt(attacker, ann, true)).toEqual({ result: false, afterMs: 0, isChecked: false });
});
