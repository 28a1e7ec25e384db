import { getEventListeners } from "node:events";
import { FakeClock } from "@asterite/testkit";
import { beforeEach, expect, it } from "vitest";
import { AsterError } from "../errors.ts";
import type { Command } from "../session/command.ts";
import { type SendOptions, sendIdempotent } from "./sending.ts";

let clock: FakeClock;
let ready: PromiseWithResolvers<void>;
let attempts: number;
let failuresLeft: number;
let hasNonce: boolean;
let isConnected: boolean;
let nonces: unknown[];

beforeEach(() => {
  clock = new FakeClock(1_000_000);
  ready = Promise.withResolvers();
  attempts = 0;
  failuresLeft = 1;
  hasNonce = true;
  isConnected = true;
  nonces = [];
});

const command = ((_name: string, { nonce }: { readonly nonce?: string }) => {
  attempts++;
  nonces.push(nonce);
  return failuresLeft-- > 0
    ? Promise.reject(new AsterError("CONNECTION_LOST", "lost"))
    : Promise.resolve({ message: 7 });
}) as unknown as Command;

const send = (options: SendOptions = {}) =>
  sendIdempotent({ content: "x", channel: 1 }, options, {
    command,
    notConnected: () => (isConnected ? undefined : new AsterError("CONNECTION_LOST", "not connected")),
    session: { whenReady: () => ready.promise, status: "waiting" },
    login: { features: { has: () => hasNonce } },
    clock,
    retryMs: 60_000,
  });

it("sends again once the session is ready, and leaves no timer and no abort listener behind", async () => {
  const { signal } = new AbortController();
  const sent = send({ signal });
  await clock.advance(59_999);
  expect([attempts, clock.pending, getEventListeners(signal, "abort").length]).toEqual([1, 1, 1]);
  ready.resolve();
  expect(await sent).toEqual({ message: 7 });
  expect([attempts, clock.pending, getEventListeners(signal, "abort").length]).toEqual([2, 0, 0]);
});

it("rejects when the time is over, and leaves nothing behind", async () => {
  const { signal } = new AbortController();
  const sent = expect(send({ signal })).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  await clock.advance(60_000);
  await sent;
  expect([attempts, clock.pending, getEventListeners(signal, "abort").length]).toEqual([1, 0, 0]);
});

it("sends once without nonces", async () => {
  hasNonce = false;
  ready.resolve();
  await expect(send()).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  expect(attempts).toBe(1);
});

it.each(["", "n".repeat(65)])("refuses the nonce %j before sending", async (nonce) => {
  await expect(send({ nonce })).rejects.toMatchObject({ code: "ARGUMENT_INVALID" });
  expect(attempts).toBe(0);
});

it.each(["n", "n".repeat(64)])("sends the nonce %j", async (nonce) => {
  failuresLeft = 0;
  expect(await send({ nonce })).toEqual({ message: 7 });
});

it("waits for a connection that is not ready yet, and repeats with one nonce from then on", async () => {
  isConnected = false;
  hasNonce = false;
  const sent = send();
  await clock.advance(59_999);
  expect(attempts).toBe(0);
  hasNonce = true;
  ready.resolve();
  expect(await sent).toEqual({ message: 7 });
  expect(nonces).toEqual([expect.any(String), nonces[0]]);
});

it("waits without nonces too, because nothing was sent", async () => {
  isConnected = false;
  hasNonce = false;
  failuresLeft = 0;
  const sent = send();
  ready.resolve();
  expect(await sent).toEqual({ message: 7 });
  expect(nonces).toEqual([undefined]);
});
