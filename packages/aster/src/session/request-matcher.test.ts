import { getEventListeners } from "node:events";
import type { Packet } from "@asterite/aster-protocol";
import { FakeClock } from "@asterite/testkit";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { AsterError } from "../errors.ts";
import { RequestMatcher } from "./request-matcher.ts";

let clock: FakeClock;
let sent: { command: string }[];
let matcher: RequestMatcher;

beforeEach(() => {
  clock = new FakeClock();
  sent = [];
  matcher = new RequestMatcher((text) => sent.push(JSON.parse(text)), "test:1", clock);
});

const reply = (command: string, fields: object = {}, status = 200): Packet => ({
  ...fields,
  command,
  status,
});
const names = () => sent.map(({ command }) => command);

describe("RequestMatcher", () => {
  it("matches replies to requests in order, whatever their status", async () => {
    const first = matcher.request({ command: "send", content: "1" });
    const second = matcher.request({ command: "send", content: "2" });
    const third = matcher.request({ command: "history" });
    matcher.handlePacket(reply("send", { message: 1 }));
    matcher.handlePacket(reply("send", {}, 403));
    matcher.handlePacket(reply("history", { data: [] }));
    expect(await first).toMatchObject({ message: 1 });
    expect(await second).toMatchObject({ status: 403 });
    expect(await third).toMatchObject({ data: [] });
    expect(matcher.pendingCount).toBe(0);
  });

  it("does not match pushes of other commands", async () => {
    const waiting = matcher.request({ command: "send" });
    matcher.handlePacket(reply("content"));
    matcher.handlePacket(reply("online", { data: [1] }));
    matcher.handlePacket(reply("send", { message: 7 }));
    expect(await waiting).toMatchObject({ message: 7 });
  });

  it("ignores replies without a request", () => {
    matcher.handlePacket(reply("send", { message: 7 }));
    matcher.handlePacket(reply("unknown", {}, 400));
    expect(matcher.pendingCount).toBe(0);
  });

  it("rejects the oldest request on a reply to unknown", async () => {
    const first = matcher.request({ command: "send" });
    const second = matcher.request({ command: "ping" });
    matcher.handlePacket(reply("unknown", {}, 400));
    matcher.handlePacket(reply("ping"));
    await expect(first).rejects.toMatchObject({ code: "COMMAND_FAILED", command: "send", status: 400 });
    await second;
  });

  it("rejects an earlier request when a later one gets its reply", async () => {
    const skipped = matcher.request({ command: "set_channel_state" });
    const answered = matcher.request({ command: "send" });
    matcher.handlePacket(reply("send", { message: 7 }));
    await expect(skipped).rejects.toMatchObject({ code: "PROTOCOL_VIOLATION", command: "set_channel_state" });
    expect(await answered).toMatchObject({ message: 7 });
  });

  it("tells the reply to typing from the push of that name", async () => {
    const waiting = matcher.request({ command: "typing", channel: 1 });
    matcher.handlePacket(reply("typing", { channel: 1, author_uuid: 5 }));
    expect(matcher.pendingCount).toBe(1);
    matcher.handlePacket(reply("typing"));
    expect(await waiting).toEqual(reply("typing"));
  });
});

describe("replies that look like pushes", () => {
  it("are delimited by a ping without fields", async () => {
    const waiting = matcher.request({ command: "get_metadata" });
    expect(sent).toEqual([{ command: "get_metadata" }, { command: "ping" }]);
    matcher.handlePacket(reply("get_metadata", { data: [1, 2] }));
    expect(matcher.pendingCount).toBe(2);
    matcher.handlePacket(reply("ping"));
    expect(await waiting).toMatchObject({ data: [1, 2] });
  });

  it("of get_metadata are the ones with the most users", async () => {
    const waiting = matcher.request({ command: "get_metadata" });
    matcher.handlePacket(reply("get_metadata", { data: [9] }));
    matcher.handlePacket(reply("get_metadata", { data: [1, 2, 9] }));
    matcher.handlePacket(reply("get_metadata", { data: [3] }));
    matcher.handlePacket(reply("ping"));
    expect(await waiting).toMatchObject({ data: [1, 2, 9] });
  });

  it("of complete lists are the newest, even if shorter", async () => {
    const waiting = matcher.request({ command: "online" });
    matcher.handlePacket(reply("online", { data: [1, 2, 3] }));
    matcher.handlePacket(reply("online", { data: [1] }));
    matcher.handlePacket(reply("ping"));
    expect(await waiting).toMatchObject({ data: [1] });
  });

  it("are recognised at once by an error status", async () => {
    const waiting = matcher.request({ command: "list_groups" });
    const next = matcher.request({ command: "ping" });
    matcher.handlePacket(reply("list_groups", {}, 500));
    expect(await waiting).toMatchObject({ status: 500 });
    matcher.handlePacket(reply("ping"));
    expect(matcher.pendingCount).toBe(1);
    matcher.handlePacket(reply("ping"));
    await next;
  });

  it("reject the request when they do not arrive before the ping", async () => {
    const waiting = matcher.request({ command: "get_metadata" });
    matcher.handlePacket(reply("ping"));
    await expect(waiting).rejects.toMatchObject({ code: "PROTOCOL_VIOLATION", command: "get_metadata" });
  });
});

describe("an abandoned request", () => {
  it("stays queued after a timeout and consumes its late reply", async () => {
    const slow = matcher.request({ command: "history", channel: 1 }, { timeoutMs: 100 });
    const next = matcher.request({ command: "history", channel: 2 });
    const outcome = expect(slow).rejects.toMatchObject({ code: "TIMED_OUT", command: "history" });
    await clock.advance(100);
    await outcome;
    matcher.handlePacket(reply("history", { data: ["late"] }));
    matcher.handlePacket(reply("history", { data: ["mine"] }));
    expect(await next).toMatchObject({ data: ["mine"] });
  });

  it("stays queued when it is aborted", async () => {
    const abort = new AbortController();
    const cancelled = matcher.request({ command: "send" }, { signal: abort.signal, timeoutMs: 50 });
    const next = matcher.request({ command: "send" });
    abort.abort(new Error("enough"));
    await expect(cancelled).rejects.toThrow("enough");
    matcher.handlePacket(reply("send", { message: 1 }));
    matcher.handlePacket(reply("send", { message: 2 }));
    expect(await next).toMatchObject({ message: 2 });
    expect(clock.pending).toBe(0);
  });

  it("leaves no timer and no abort listener behind, however it ends", async () => {
    const { signal } = new AbortController();
    const replied = matcher.request({ command: "send" }, { signal, timeoutMs: 50 });
    const late = matcher.request({ command: "history" }, { signal, timeoutMs: 50 });
    const lost = matcher.request({ command: "edit" }, { signal, timeoutMs: 500 });
    expect([clock.pending, getEventListeners(signal, "abort").length]).toEqual([3, 3]);
    matcher.handlePacket(reply("send"));
    await replied;
    expect([clock.pending, getEventListeners(signal, "abort").length]).toEqual([2, 2]);
    const timedOut = expect(late).rejects.toMatchObject({ code: "TIMED_OUT" });
    await clock.advance(50);
    await timedOut;
    expect([clock.pending, getEventListeners(signal, "abort").length]).toEqual([1, 1]);
    matcher.rejectAll(new AsterError("CONNECTION_LOST", "lost"));
    await expect(lost).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    expect([clock.pending, getEventListeners(signal, "abort").length]).toEqual([0, 0]);
  });

  it("is not sent if its signal is already aborted", async () => {
    await expect(
      matcher.request({ command: "send" }, { signal: AbortSignal.abort(new Error("early")) }),
    ).rejects.toThrow("early");
    expect(names()).toEqual([]);
    expect(matcher.pendingCount).toBe(0);
  });

  it("is not queued if it cannot be serialised", async () => {
    const circular: { command: string; self?: unknown } = { command: "send" };
    circular.self = circular;
    await expect(matcher.request(circular)).rejects.toThrow(TypeError);
    expect(() => matcher.send({ command: "send", big: 1n })).toThrow(TypeError);
    expect(matcher.pendingCount).toBe(0);
  });
});

describe("the size of a packet", () => {
  const sizeOf = (packet: object) => new TextEncoder().encode(JSON.stringify(packet)).length;

  it.each(["x".repeat(40), "é".repeat(40), "😀".repeat(20)])(
    "is limited in bytes of UTF-8: %s",
    (content) => {
      const packet = { command: "send", content };
      matcher.send(packet);
      matcher.limitPackets(sizeOf(packet));
      matcher.send(packet);
      expect(sent).toEqual([packet, packet]);
      matcher.limitPackets(sizeOf(packet) - 1);
      expect(() => matcher.send(packet)).toThrow(
        expect.objectContaining({ message: expect.stringContaining(`${sizeOf(packet)}`) }),
      );
      expect([sent.length, matcher.pendingCount]).toEqual([2, 2]);
    },
  );

  it("rejects a request above it, which leaves no timer", async () => {
    matcher.limitPackets(10);
    await expect(matcher.request({ command: "send" }, { timeoutMs: 5 })).rejects.toThrow("send");
    expect([clock.pending, matcher.pendingCount]).toEqual([0, 0]);
  });
});

it("waits for ever without a time limit, and refuses limits that a timer cannot hold", async () => {
  const waiting = matcher.request({ command: "send" }, { timeoutMs: Number.POSITIVE_INFINITY });
  expect(clock.pending).toBe(0);
  matcher.handlePacket(reply("send"));
  await waiting;
  for (const timeoutMs of [-1, Number.NaN]) {
    await expect(matcher.request({ command: "send" }, { timeoutMs })).rejects.toMatchObject({
      code: "ARGUMENT_INVALID",
    });
  }
  expect(sent).toHaveLength(1);
});

it("rejects every request when the connection ends, and leaves no timer", async () => {
  const waiting = [1, 2, 3].map((channel) =>
    matcher.request({ command: "history", channel }, { timeoutMs: 1000 }),
  );
  matcher.send({ command: "ping" });
  matcher.rejectAll(new AsterError("CONNECTION_LOST", "gone"));
  for (const request of waiting) await expect(request).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  expect(clock.pending).toBe(0);
  expect(matcher.pendingCount).toBe(0);
});

it("matches any pipeline with interleaved pushes, aborts and refusals", async () => {
  const ambiguous = ["get_metadata", "online", "list_channels"];
  const step = fc.record({
    command: fc.constantFrom("send", "history", "edit", "ping", ...ambiguous),
    isCancelled: fc.boolean(),
    isRefused: fc.boolean(),
    pushes: fc.array(fc.constantFrom("content", ...ambiguous), { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      sent = [];
      matcher = new RequestMatcher((text) => sent.push(JSON.parse(text)), "test:1", clock);
      const outcomes = steps.map(({ command, isCancelled }, index) => {
        const abort = new AbortController();
        const outcome = matcher.request({ command, index }, { signal: abort.signal }).then(
          (packet) => packet["index"] ?? "push",
          () => "cancelled",
        );
        if (isCancelled) abort.abort();
        return outcome;
      });
      for (const packet of sent as { command: string; index?: number }[]) {
        const { command, index } = packet;
        const about = index === undefined ? undefined : steps[index];
        // A push has one user, or complete data like the reply; an earlier one must never win.
        for (const push of about?.pushes ?? []) matcher.handlePacket(reply(push, { data: [0] }));
        const isRefused = about?.isRefused ?? false;
        matcher.handlePacket(reply(command, { index, data: [1, 2] }, isRefused ? 403 : 200));
      }
      const expected = steps.map(({ isCancelled }, index) => (isCancelled ? "cancelled" : index));
      expect(await Promise.all(outcomes)).toEqual(expected);
      expect(matcher.pendingCount).toBe(0);
    }),
  );
});
