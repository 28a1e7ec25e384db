import { FakeClock } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { IdleCheck } from "./idle-check.ts";

/** Starts a check that pings after 30 s of silence and drops the connection 10 s later. */
function start() {
  const clock = new FakeClock(1_000);
  const transport = { bytesReceived: 0, send: () => {}, close: () => {}, destroy: () => {} };
  /** Times of pings, and the silence at the drop, in s. */
  const log: string[] = [];
  const check = new IdleCheck({ clock, idlePingMs: 30_000, pingTimeoutMs: 10_000 }, transport, {
    ping: () => log.push(`ping at ${(clock.now() - 1_000) / 1_000}`),
    drop: (silentMs) => log.push(`drop after ${silentMs / 1_000}`),
  });
  check.start();
  return { clock, transport, log, check };
}

describe("a silent server", () => {
  it("is pinged 30 s after its last packet, and dropped 10 s later", async () => {
    const { clock, log, check } = start();
    await clock.advance(20_000);
    check.recordPacket();
    await clock.advance(29_999);
    expect(log).toEqual([]);
    await clock.advance(1);
    expect(log).toEqual(["ping at 50"]);
    await clock.advance(9_999);
    expect(log).toHaveLength(1);
    await clock.advance(1);
    expect([log, clock.pending]).toEqual([["ping at 50", "drop after 40"], 0]);
  });

  it("is pinged again 30 s after its response", async () => {
    const { clock, log, check } = start();
    await clock.advance(35_000);
    check.recordPacket();
    await clock.advance(29_999);
    expect(log).toEqual(["ping at 30"]);
    await clock.advance(1);
    expect(log).toEqual(["ping at 30", "ping at 65"]);
  });

  it("is pinged at once when its response is older than that", async () => {
    const clock = new FakeClock();
    const log: number[] = [];
    const transport = { bytesReceived: 0, send: () => {}, close: () => {}, destroy: () => {} };
    const check = new IdleCheck({ clock, idlePingMs: 1_000, pingTimeoutMs: 5_000 }, transport, {
      ping: () => log.push(clock.now()),
      drop: () => log.push(-1),
    });
    check.start();
    await clock.advance(1_500);
    check.recordPacket();
    await clock.advance(4_500);
    expect(log).toEqual([1_000, 6_000]);
    check.stop();
  });
});

describe("a packet that takes long to arrive", () => {
  it("keeps the connection as long as bytes come, for less than ten times 30 s", async () => {
    const { clock, transport, log } = start();
    while (log.at(-1)?.startsWith("drop") !== true) {
      transport.bytesReceived++;
      await clock.advance(5_000);
    }
    expect(log.at(-1)).toBe("drop after 320");
    expect(log.slice(0, 2)).toEqual(["ping at 30", "ping at 70"]);
  });

  it("does not keep a connection on which no more bytes come", async () => {
    const { clock, transport, log } = start();
    transport.bytesReceived = 5;
    await clock.advance(40_000);
    expect(log).toEqual(["ping at 30", "drop after 40"]);
  });
});

it("leaves no timer behind when it is stopped", async () => {
  const { clock, check, log } = start();
  check.stop();
  expect(clock.pending).toBe(0);
  check.start();
  await clock.advance(30_000);
  check.stop();
  await clock.advance(60_000);
  expect([clock.pending, log]).toEqual([0, ["ping at 30"]]);
});

describe("a probe", () => {
  it("pings a silent server once at once, and drops it 3 s later", async () => {
    const { clock, log, check } = start();
    await clock.advance(1_999);
    check.probe();
    expect(log).toEqual([]);
    await clock.advance(1);
    check.probe();
    check.probe();
    await clock.advance(2_999);
    expect(log).toEqual(["ping at 2"]);
    await clock.advance(1);
    expect([log, clock.pending]).toEqual([["ping at 2", "drop after 5"], 0]);
  });

  it("shortens a check in progress, and returns to the regular checks after a response", async () => {
    const { clock, log, check } = start();
    await clock.advance(31_000);
    check.probe();
    await clock.advance(2_000);
    check.recordPacket();
    await clock.advance(29_999);
    expect(log).toEqual(["ping at 30", "ping at 31"]);
    await clock.advance(1);
    expect(log).toEqual(["ping at 30", "ping at 31", "ping at 63"]);
    check.stop();
  });
});
