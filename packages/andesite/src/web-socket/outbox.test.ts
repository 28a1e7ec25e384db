import { FakeClock } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { QueueFullError } from "../errors.ts";
import { Outbox, type OutgoingMessage } from "./outbox.ts";
import type { WebSocketLike } from "./socket.ts";

/** Socket like that of browsers: it accepts all messages immediately and has no drain event. */
class Silent implements WebSocketLike {
  open = true;
  bufferedBytes = 0;
  readonly sent: string[] = [];
  header = () => null;
  listen = () => {};
  ping = () => false;
  close = () => {};
  terminate = () => {};
  send(text: string, done: () => void): void {
    this.sent.push(text);
    this.bufferedBytes += text.length;
    queueMicrotask(done);
  }
}

const message = (text: string, fields: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  guildId: "5",
  op: "pause",
  text,
  resolve: () => {},
  reject: () => {},
  isTransient: false,
  expiresAtMs: Number.POSITIVE_INFINITY,
  ...fields,
});

describe("a full socket without a drain event", () => {
  it("is polled until all messages are sent", async () => {
    const clock = new FakeClock();
    const transmitted: string[] = [];
    const outbox = new Outbox(100, clock, ({ text }) => transmitted.push(text));
    const socket = new Silent();
    const large = "x".repeat(600_000);
    outbox.attach(socket, []);
    for (const text of [`1${large}`, `2${large}`, "3", "4"]) outbox.push(message(text));
    await clock.advance(1_000);
    expect(socket.sent).toHaveLength(2);
    socket.bufferedBytes = 0;
    await clock.advance(1_000);
    expect(transmitted.map(([first]) => first)).toEqual(["1", "2", "3", "4"]);
    expect(clock.pending).toBe(0);
  });

  it("is not polled after it was detached", () => {
    const clock = new FakeClock();
    const outbox = new Outbox(100, clock, () => {});
    const socket = new Silent();
    outbox.attach(socket, []);
    socket.bufferedBytes = 2 ** 30;
    outbox.push(message("1"));
    expect(clock.pending).toBe(1);
    outbox.detach();
    expect([clock.pending, outbox.size]).toEqual([0, 1]);
  });
});

describe("the limit", () => {
  it("applies to sent messages, not to moved ones or those that restore a player", () => {
    const outbox = new Outbox(1, new FakeClock(), () => {});
    outbox.push(message("1"));
    expect(() => outbox.push(message("2"))).toThrow(QueueFullError);
    outbox.pushUnbounded(message("3"));
    expect(outbox.size).toBe(2);
  });
});
