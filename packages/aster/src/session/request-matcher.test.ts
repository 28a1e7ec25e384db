import type { Packet } from "@asterite/aster-protocol";
import { FakeClock } from "@asterite/testkit";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { AsterError } from "../errors.ts";
import { RequestMatcher } from "./request-matcher.ts";

let clock: FakeClock;
let sent: { command: string }[];
let requests: RequestMatcher;

beforeEach(() => {
  clock = new FakeClock();
  sent = [];
  requests = new RequestMatcher((text) => sent.push(JSON.parse(text)), "test:1", clock);
});

const reply = (command: string, fields: object = {}, status = 200): Packet => ({
  ...fields,
  command,
  status,
});
const names = () => sent.map(({ command }) => command);

describe("replies", () => {
  it("go to the requests in their order, whatever their status", async () => {
    const first = requests.request({ command: "send", content: "1" });
    const second = requests.request({ command: "send", content: "2" });
    const third = requests.request({ command: "history" });
    requests.handlePacket(reply("send", { message: 1 }));
    requests.handlePacket(reply("send", {}, 403));
    requests.handlePacket(reply("history", { data: [] }));
    expect(await first).toMatchObject({ message: 1 });
    expect(await second).toMatchObject({ status: 403 });
    expect(await third).toMatchObject({ data: [] });
    expect(requests.pending).toBe(0);
  });

  it("are not taken from pushes of other names", async () => {
    const waiting = requests.request({ command: "send" });
    requests.handlePacket(reply("content"));
    requests.handlePacket(reply("online", { data: [1] }));
    requests.handlePacket(reply("send", { message: 7 }));
    expect(await waiting).toMatchObject({ message: 7 });
  });

  it("without a request are passed over", () => {
    requests.handlePacket(reply("send", { message: 7 }));
    requests.handlePacket(reply("unknown", {}, 400));
    expect(requests.pending).toBe(0);
  });

  it("named unknown tell the oldest request that it could not be read", async () => {
    const first = requests.request({ command: "send" });
    const second = requests.request({ command: "ping" });
    requests.handlePacket(reply("unknown", {}, 400));
    requests.handlePacket(reply("ping"));
    await expect(first).rejects.toMatchObject({ code: "COMMAND_FAILED", command: "send", status: 400 });
    await second;
  });

  it("to a later request mean that an earlier one is never answered", async () => {
    const skipped = requests.request({ command: "set_channel_state" });
    const answered = requests.request({ command: "send" });
    requests.handlePacket(reply("send", { message: 7 }));
    await expect(skipped).rejects.toMatchObject({ code: "PROTOCOL_VIOLATION", command: "set_channel_state" });
    expect(await answered).toMatchObject({ message: 7 });
  });

  it("to typing are told from the push of that name", async () => {
    const waiting = requests.request({ command: "typing", channel: 1 });
    requests.handlePacket(reply("typing", { channel: 1, author_uuid: 5 }));
    expect(requests.pending).toBe(1);
    requests.handlePacket(reply("typing"));
    expect(await waiting).toEqual(reply("typing"));
  });
});

describe("replies that look like pushes", () => {
  it("are fenced with a ping that has no other field", async () => {
    const waiting = requests.request({ command: "get_metadata" });
    expect(sent).toEqual([{ command: "get_metadata" }, { command: "ping" }]);
    requests.handlePacket(reply("get_metadata", { data: [1, 2] }));
    expect(requests.pending).toBe(2);
    requests.handlePacket(reply("ping"));
    expect(await waiting).toMatchObject({ data: [1, 2] });
  });

  it("of get_metadata are those with the most users", async () => {
    const waiting = requests.request({ command: "get_metadata" });
    requests.handlePacket(reply("get_metadata", { data: [9] }));
    requests.handlePacket(reply("get_metadata", { data: [1, 2, 9] }));
    requests.handlePacket(reply("get_metadata", { data: [3] }));
    requests.handlePacket(reply("ping"));
    expect(await waiting).toMatchObject({ data: [1, 2, 9] });
  });

  it("of complete lists are the freshest, even if it is shorter", async () => {
    const waiting = requests.request({ command: "online" });
    requests.handlePacket(reply("online", { data: [1, 2, 3] }));
    requests.handlePacket(reply("online", { data: [1] }));
    requests.handlePacket(reply("ping"));
    expect(await waiting).toMatchObject({ data: [1] });
  });

  it("with an error are replies for certain", async () => {
    const waiting = requests.request({ command: "list_groups" });
    const next = requests.request({ command: "ping" });
    requests.handlePacket(reply("list_groups", {}, 500));
    expect(await waiting).toMatchObject({ status: 500 });
    requests.handlePacket(reply("ping"));
    expect(requests.pending).toBe(1);
    requests.handlePacket(reply("ping"));
    await next;
  });

  it("that never come are told as such", async () => {
    const waiting = requests.request({ command: "get_metadata" });
    requests.handlePacket(reply("ping"));
    await expect(waiting).rejects.toMatchObject({ code: "PROTOCOL_VIOLATION", command: "get_metadata" });
  });
});

describe("a request that nobody waits for any more", () => {
  it("keeps its place after a time-out, so that its late reply is swallowed", async () => {
    const slow = requests.request({ command: "history", channel: 1 }, { timeoutMs: 100 });
    const next = requests.request({ command: "history", channel: 2 });
    const outcome = expect(slow).rejects.toMatchObject({ code: "TIMED_OUT", command: "history" });
    await clock.advance(100);
    await outcome;
    requests.handlePacket(reply("history", { data: ["late"] }));
    requests.handlePacket(reply("history", { data: ["mine"] }));
    expect(await next).toMatchObject({ data: ["mine"] });
  });

  it("keeps its place when it is cancelled", async () => {
    const abort = new AbortController();
    const cancelled = requests.request({ command: "send" }, { signal: abort.signal, timeoutMs: 50 });
    const next = requests.request({ command: "send" });
    abort.abort(new Error("enough"));
    await expect(cancelled).rejects.toThrow("enough");
    requests.handlePacket(reply("send", { message: 1 }));
    requests.handlePacket(reply("send", { message: 2 }));
    expect(await next).toMatchObject({ message: 2 });
    expect(clock.pending).toBe(0);
  });

  it("was not even sent if it was cancelled before", async () => {
    await expect(
      requests.request({ command: "send" }, { signal: AbortSignal.abort(new Error("early")) }),
    ).rejects.toThrow("early");
    expect(names()).toEqual([]);
    expect(requests.pending).toBe(0);
  });

  it("takes no place if it cannot be written", async () => {
    const circle: { command: string; self?: unknown } = { command: "send" };
    circle.self = circle;
    await expect(requests.request(circle)).rejects.toThrow(TypeError);
    expect(() => requests.send({ command: "send", big: 1n })).toThrow(TypeError);
    expect(requests.pending).toBe(0);
  });
});

it("tells every request when the connection ends, and leaves no timer", async () => {
  const waiting = [1, 2, 3].map((channel) =>
    requests.request({ command: "history", channel }, { timeoutMs: 1000 }),
  );
  requests.send({ command: "ping" });
  requests.rejectAll(new AsterError("CONNECTION_LOST", "gone"));
  for (const request of waiting) await expect(request).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  expect(clock.pending).toBe(0);
  expect(requests.pending).toBe(0);
});

it("matches any pipeline, whatever pushes, cancellations and refusals come in between", async () => {
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
      requests = new RequestMatcher((text) => sent.push(JSON.parse(text)), "test:1", clock);
      const outcomes = steps.map(({ command, isCancelled }, index) => {
        const abort = new AbortController();
        const outcome = requests.request({ command, index }, { signal: abort.signal }).then(
          (packet) => packet["index"] ?? "push",
          () => "cancelled",
        );
        if (isCancelled) abort.abort();
        return outcome;
      });
      for (const packet of sent as { command: string; index?: number }[]) {
        const { command, index } = packet;
        const about = index === undefined ? undefined : steps[index];
        // A push holds one user or tells the whole, like the reply, so an earlier one may never win.
        for (const push of about?.pushes ?? []) requests.handlePacket(reply(push, { data: [0] }));
        const isRefused = about?.isRefused ?? false;
        requests.handlePacket(reply(command, { index, data: [1, 2] }, isRefused ? 403 : 200));
      }
      const expected = steps.map(({ isCancelled }, index) => (isCancelled ? "cancelled" : index));
      expect(await Promise.all(outcomes)).toEqual(expected);
      expect(requests.pending).toBe(0);
    }),
  );
});
