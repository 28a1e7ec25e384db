import { FakeClock } from "@asterite/testkit";
import { describe, expect, it, vi } from "vitest";
import { clientNetworkOf } from "../connection/client-network.ts";
import { defaultLoginLimits, type LoginLimits, LoginThrottle } from "./login-throttle.ts";

const attacker = "192.0.2.1";
const owner = "198.51.100.1";
const ann = 1;

function set(limits: Partial<LoginLimits> = {}) {
  const clock = new FakeClock();
  const throttle = new LoginThrottle({ ...defaultLoginLimits, ...limits }, clock);
  /** One try; tells the answer, when it came and whether the password was hashed. */
  const attempt = async (address: string, account: number, fits: boolean) => {
    const beganAt = clock.now();
    const check = vi.fn(() => Promise.resolve(fits));
    const answer = await throttle.attempt(clientNetworkOf(address), account, check);
    return { answer, afterMs: clock.now() - beganAt, hashed: check.mock.calls.length > 0 };
  };
  /** The same, with time passing until the answer is there. */
  const attemptInTime = async (address: string, account: number, fits: boolean) => {
    const answer = attempt(address, account, fits);
    await clock.advance(3000);
    return await answer;
  };
  return { clock, throttle, attempt, attemptInTime };
}

describe("an address that guesses one account", () => {
  const small = { failuresPerAddressAndAccount: 3 };

  it("is answered late from its last free failure on, hashed or not, right or wrong", async () => {
    const { attempt, attemptInTime } = set(small);
    const wrong = { answer: false, afterMs: 0, hashed: true };
    expect(await attempt(attacker, ann, false)).toEqual(wrong);
    expect(await attempt(attacker, ann, false)).toEqual(wrong);
    expect(await attemptInTime(attacker, ann, false)).toEqual({ ...wrong, afterMs: 3000 });
    expect(await attemptInTime(attacker, ann, false)).toEqual({ ...wrong, afterMs: 3000, hashed: false });
    expect(await attemptInTime(attacker, ann, true)).toEqual({ ...wrong, afterMs: 3000, hashed: false });
  });

  it("gets one more try after the recovery time, again answered late", async () => {
    const { clock, attempt, attemptInTime } = set(small);
    for (let count = 0; count < 3; count++) await attemptInTime(attacker, ann, false);
    await clock.advance(30_000);
    expect(await attemptInTime(attacker, ann, false)).toMatchObject({ afterMs: 3000, hashed: true });
    expect(await attemptInTime(attacker, ann, false)).toMatchObject({ afterMs: 3000, hashed: false });
    await clock.advance(30_000);
    expect(await attempt(attacker, ann, true)).toEqual({ answer: true, afterMs: 0, hashed: true });
  });

  it("leaves the owner elsewhere alone, and itself free to try its own account", async () => {
    const { attempt, attemptInTime } = set(small);
    for (let count = 0; count < 10; count++) await attemptInTime(attacker, ann, false);
    expect(await attempt(owner, ann, true)).toEqual({ answer: true, afterMs: 0, hashed: true });
    expect(await attempt(attacker, 2, true)).toEqual({ answer: true, afterMs: 0, hashed: true });
  });

  it("starts anew after the right password", async () => {
    const { attempt } = set(small);
    for (let round = 0; round < 5; round++) {
      for (const fits of [false, false, true]) {
        expect(await attempt(owner, ann, fits)).toEqual({ answer: fits, afterMs: 0, hashed: true });
      }
    }
  });

  it("gains nothing by trying everything at once", async () => {
    const { clock, throttle } = set(small);
    let underWay = 0;
    let most = 0;
    let hashed = 0;
    const check = async () => {
      hashed++;
      underWay++;
      most = Math.max(most, underWay);
      await new Promise(setImmediate);
      underWay--;
      return false;
    };
    const answers = Promise.all(Array.from({ length: 100 }, () => throttle.attempt(attacker, ann, check)));
    await clock.advance(4000);
    expect(new Set(await answers)).toEqual(new Set([false]));
    expect({ hashed, most }).toEqual({ hashed: 3, most: 3 });
  });
});

it("counts an address over all accounts, and a whole /64 as one address", async () => {
  const { attempt, attemptInTime } = set({ failuresPerAddress: 4 });
  for (let account = 1; account <= 3; account++) await attempt(`2001:db8::${account}`, account, false);
  await attemptInTime("2001:db8::4", 4, false);
  expect(await attemptInTime("2001:db8::99", 5, true)).toEqual({
    answer: false,
    afterMs: 3000,
    hashed: false,
  });
  expect(await attempt("2001:db8:0:1::1", 5, true)).toMatchObject({ answer: true, afterMs: 0 });
});

it("lets many right logins from one address through, however many come at once", async () => {
  const { throttle } = set({ failuresPerAddress: 2, failuresPerAddressAndAccount: 1 });
  const check = () => new Promise<boolean>((resolve) => setImmediate(() => resolve(true)));
  const logins = Array.from({ length: 200 }, (_, index) => throttle.attempt(owner, index % 20, check));
  expect(new Set(await Promise.all(logins))).toEqual(new Set([true]));
  expect(throttle.size).toBe(0);
});

it("slows down an account that many addresses guess, but refuses its owner never", async () => {
  const { attempt, attemptInTime, clock } = set({ failuresPerAccount: 5 });
  for (let host = 0; host < 50; host++) await attemptInTime(`192.0.2.${host}`, ann, false);
  const login = attempt(owner, ann, true);
  await clock.advance(1000);
  expect(await login).toEqual({ answer: true, afterMs: 1000, hashed: true });
  await clock.advance(10 * 60_000);
  expect(await attempt(owner, ann, true)).toMatchObject({ afterMs: 0 });
});

it("takes an error for no failure", async () => {
  const { throttle, attempt } = set({ failuresPerAddressAndAccount: 1 });
  const broken = () => Promise.reject(new Error("no memory"));
  await expect(throttle.attempt(owner, ann, broken)).rejects.toThrow("no memory");
  expect(throttle.size).toBe(0);
  expect(await attempt(owner, ann, true)).toMatchObject({ answer: true });
});

it("remembers a bounded number of guessers, and none for longer than need be", async () => {
  const { clock, throttle } = set({ maxRemembered: 100 });
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

it("answers at once when the server stops", async () => {
  const { throttle, attempt, attemptInTime } = set({ failuresPerAddressAndAccount: 1 });
  await attemptInTime(attacker, ann, false);
  const waiting = attempt(attacker, ann, true);
  await new Promise(setImmediate);
  throttle.close();
  expect(await waiting).toEqual({ answer: false, afterMs: 0, hashed: false });
  expect(await attempt(attacker, ann, true)).toEqual({ answer: false, afterMs: 0, hashed: false });
});
