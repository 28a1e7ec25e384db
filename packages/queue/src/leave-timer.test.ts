import { FakeClock } from "@asterite/testkit";
import { expect, it } from "vitest";
import { LeaveEvent } from "./events.ts";
import { ann, track } from "./queue.test-support.ts";
import { connect, guild, makePlayer, startNode } from "./queue-player.test-support.ts";

async function start(options: object) {
  const node = await startNode();
  const clock = new FakeClock();
  const { player, log } = makePlayer(connect(node), { clock, silenceMs: 2 ** 31 - 1, ...options });
  const reasons: string[] = [];
  player.on(LeaveEvent, ({ reason }) => reasons.push(reason));
  return { node, clock, player, log, reasons };
}

it("emits LeaveEvent once after the idle time, from the start on", async () => {
  const { clock, reasons } = await start({ leaveAfterIdleSeconds: 300 });
  await clock.advance(299_999);
  expect(reasons).toEqual([]);
  await clock.advance(1);
  expect(reasons).toEqual(["idle"]);
  await clock.advance(1_000_000);
  expect(reasons).toEqual(["idle"]);
});

it("measures the idle time from the end of the last track, or from a pause", async () => {
  const { node, clock, player, log, reasons } = await start({ leaveAfterIdleSeconds: 60 });
  await clock.advance(59_000);
  player.add([track("a", { lengthMs: 3_600_000 })], ann);
  await expect.poll(() => log).toEqual(["start a"]);
  await clock.advance(600_000);
  expect(reasons).toEqual([]);
  player.pause();
  await clock.advance(59_000);
  player.setVolume(0.5);
  player.resume();
  await clock.advance(59_000);
  expect(reasons).toEqual([]);
  player.pause();
  await clock.advance(60_000);
  expect(reasons).toEqual(["idle"]);
  player.resume();
  node.endTrack(guild);
  await expect.poll(() => log.at(-1)).toBe("idle");
  await clock.advance(59_999);
  expect(reasons).toEqual(["idle"]);
  await clock.advance(1);
  expect(reasons).toEqual(["idle", "idle"]);
});

it("emits LeaveEvent after the time without listeners", async () => {
  const { clock, player, log, reasons } = await start({ leaveAfterAloneSeconds: 30 });
  player.add([track("a")], ann);
  await expect.poll(() => log).toEqual(["start a"]);
  await clock.advance(60_000);
  player.setListenerCount(0);
  await clock.advance(29_000);
  player.setListenerCount(0);
  await clock.advance(999);
  expect(reasons).toEqual([]);
  player.setListenerCount(1);
  await clock.advance(60_000);
  player.setListenerCount(0);
  await clock.advance(30_000);
  expect([reasons, player.isBusy]).toEqual([["alone"], true]);
  for (const wrong of [-1, 0.5, Number.NaN]) {
    expect(() => player.setListenerCount(wrong)).toThrow("count");
  }
});

it("is off by default, and leaves no timer behind after close", async () => {
  const { clock, reasons, player } = await start({});
  player.setListenerCount(0);
  expect(clock.pending).toBe(0);
  expect(reasons).toEqual([]);
  const other = await start({ leaveAfterIdleSeconds: 5, leaveAfterAloneSeconds: 5 });
  other.player.setListenerCount(0);
  other.player.add([track("a")], ann);
  await expect.poll(() => other.log).toEqual(["start a"]);
  other.player.pause();
  expect(other.clock.pending).toBeGreaterThan(0);
  await other.player.close();
  expect(other.clock.pending).toBe(0);
});
