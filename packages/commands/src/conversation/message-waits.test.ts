import type { Channel, Message, Server, User } from "@asterite/aster";
import { describe, expect, it } from "vitest";
import { MessageWaits } from "./message-waits.ts";

// Only the members that waits are found by.
const [server, otherServer] = [{}, {}] as [Server, Server];
const user = (uuid: number) => ({ uuid }) as User;
const channel = (uuid: number) => ({ uuid }) as Channel;
const message = (author: number, inChannel: number, of = server) =>
  ({ server: of, author: user(author), channel: channel(inChannel) }) as Message;

/** Opens a wait whose offers and end are logged under a name. */
function open(
  waits: MessageWaits,
  log: string[],
  name: string,
  options: Partial<Parameters<MessageWaits["add"]>[0]>,
) {
  return waits.add({
    server,
    channel: channel(1),
    author: undefined,
    owner: user(1),
    offer: () => log.push(name) > 0,
    end: ({ code }) => void log.push(`${name} ${code}`),
    ...options,
  });
}

const create = (limits = { maxWaits: 5, maxWaitsPerUser: 2 }) => {
  const log: string[] = [];
  return { waits: new MessageWaits(limits), log };
};

describe("an offered message", () => {
  it("goes to the newest wait of its channel and author that takes it, then to those of all channels", () => {
    const { waits, log } = create({ maxWaits: 9, maxWaitsPerUser: 9 });
    open(waits, log, "anywhere", { channel: undefined });
    open(waits, log, "old", {});
    open(waits, log, "picky", { offer: () => log.push("picky") < 0 });
    open(waits, log, "of 7", { author: user(7) });
    expect(waits.offer(message(5, 1))).toBe(true);
    expect(log.splice(0)).toEqual(["picky", "old"]);
    expect(waits.offer(message(7, 1))).toBe(true);
    expect(log.splice(0)).toEqual(["of 7"]);
    expect(waits.offer(message(7, 2))).toBe(true);
    expect(log.splice(0)).toEqual(["anywhere"]);
    expect([waits.offer(message(7, 1, otherServer)), log]).toEqual([false, []]);
  });

  it("goes to waits of its author only if it is an invocation, which others may not see", () => {
    const { waits, log } = create();
    open(waits, log, "own", { owner: user(5) });
    open(waits, log, "of another", { owner: user(6) });
    expect(waits.offer(message(5, 1), true)).toBe(true);
    expect(waits.offer(message(7, 1), true)).toBe(false);
    expect(log).toEqual(["own"]);
  });

  it("is taken by none after the waits were removed, each once", () => {
    const { waits, log } = create();
    const removes = [open(waits, log, "a", {}), open(waits, log, "b", {})];
    removes[0]?.();
    removes[0]?.();
    expect([waits.size, waits.offer(message(5, 1)), log]).toEqual([1, true, ["b"]]);
    removes[1]?.();
    expect([waits.size, waits.offer(message(5, 1))]).toEqual([0, false]);
  });
});

describe("limits", () => {
  it("count the waits of an account in a channel, and all waits of the bot", () => {
    const { waits, log } = create();
    const add = (owner: number, inChannel: number) =>
      open(waits, log, "", { owner: user(owner), channel: channel(inChannel) });
    const first = add(1, 1);
    add(1, 1);
    expect(() => add(1, 1)).toThrow(expect.objectContaining({ code: "WAIT_LIMIT" }));
    add(2, 1);
    add(1, 2);
    add(3, 1);
    expect(waits.size).toBe(5);
    expect(() => add(4, 4)).toThrow(expect.objectContaining({ code: "WAIT_LIMIT" }));
    first();
    add(1, 1);
    expect(waits.size).toBe(5);
  });
});

describe("waits end", () => {
  it("with their server, and with the bot, after which none can be opened", () => {
    const { waits, log } = create();
    open(waits, log, "a", {});
    open(waits, log, "b", { channel: undefined });
    open(waits, log, "c", { server: otherServer });
    waits.endServer(otherServer, { code: "BOT_CLOSED" } as never);
    expect(log.splice(0)).toEqual(["c BOT_CLOSED"]);
    waits.close();
    expect(log.slice(0, 2)).toEqual(["a BOT_CLOSED", "b BOT_CLOSED"]);
    expect(() => open(waits, log, "d", {})).toThrow(expect.objectContaining({ code: "BOT_CLOSED" }));
  });
});
