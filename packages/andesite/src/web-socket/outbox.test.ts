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

/** Socket that reports no message as transmitted until the test does. */
class Held extends Silent {
  readonly #pending: (() => void)[] = [];
  override send(text: string, done: () => void): void {
    this.sent.push(text);
    this.#pending.push(done);
  }
  confirmAll(): void {
    for (const done of this.#pending.splice(0)) done();
  }
}

describe("a lost connection", () => {
  it("drops the messages that restore players, in flight or queued, and keeps all others in order", () => {
    const outbox = new Outbox(100, new FakeClock(), () => {});
    const [first, second] = [new Held(), new Held()];
    outbox.attach(first, [message("restore 1", { isTransient: true }), message("1")]);
    first.bufferedBytes = 2 ** 30;
    outbox.push(message("restore 2", { isTransient: true }));
    outbox.push(message("2"));
    expect([first.sent, outbox.size]).toEqual([["restore 1", "1"], 4]);
    outbox.detach();
    expect(outbox.size).toBe(2);
    outbox.attach(second, []);
    expect(second.sent).toEqual(["1", "2"]);
  });

  it("ignores late confirmations of the old socket", () => {
    const transmitted: string[] = [];
    const outbox = new Outbox(100, new FakeClock(), ({ text }) => transmitted.push(text));
    const [first, second] = [new Held(), new Held()];
    outbox.attach(first, []);
    outbox.push(message("1"));
    outbox.detach();
    first.confirmAll();
    expect(transmitted).toEqual([]);
    outbox.attach(second, []);
    second.confirmAll();
    expect([transmitted, outbox.size]).toEqual([["1"], 0]);
  });
});

describe("the number of messages", () => {
  it("goes down again with each transmitted, removed, rejected or expired message", async () => {
    const outbox = new Outbox(2, new FakeClock(), () => {});
    const socket = new Held();
    outbox.attach(socket, []);
    for (let round = 0; round < 3; round++) {
      outbox.push(message("1"));
      outbox.push(message("2"));
      expect(() => outbox.push(message("3"))).toThrow(QueueFullError);
      socket.confirmAll();
      expect(outbox.size).toBe(0);
    }
    outbox.push(message("1", { guildId: "6" }));
    outbox.removeGuild("6");
    outbox.push(message("2"));
    outbox.rejectAll(new Error("no"));
    expect(outbox.size).toBe(0);
    outbox.detach();
    const expired = new Promise((reject) => {
      outbox.push(message("3", { expiresAtMs: performance.now() + 5, reject }));
    });
    expect(await expired).toBeInstanceOf(Error);
    expect(outbox.size).toBe(0);
  });
});

describe("an expired message", () => {
  it("is rejected, and no other one", async () => {
    const outbox = new Outbox(
      100,
      new FakeClock(),
      () => {},
      () => new Error("too late"),
    );
    const kept = message("kept");
    const expired = new Promise((reject) => {
      outbox.push(kept);
      outbox.push(message("late", { expiresAtMs: performance.now() + 5, reject }));
      outbox.push(message("later", { expiresAtMs: performance.now() + 3_600_000 }));
    });
    expect(String(await expired)).toBe("Error: too late");
    const socket = new Silent();
    outbox.attach(socket, []);
    expect(socket.sent).toEqual(["kept", "later"]);
  });

  it("is not one that was transmitted before", () => {
    const outbox = new Outbox(100, new FakeClock(), () => {});
    const socket = new Held();
    const rejected: unknown[] = [];
    const again = message("again", { expiresAtMs: 1, reject: (error) => rejected.push(error) });
    outbox.attach(socket, [again]);
    socket.confirmAll();
    outbox.attach(socket, [again]);
    outbox.detach();
    expect([rejected, outbox.size]).toEqual([[], 1]);
  });
});
