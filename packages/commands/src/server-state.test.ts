import type { Message, Server } from "@asterite/aster";
import { describe, expect, it } from "vitest";
import { settingsFrom } from "./options.ts";
import { ServerState } from "./server-state.ts";

// Only the members that prefixes depend on.
const server = { port: 5, self: { username: "Bot" } } as Server;

describe("prefixes", () => {
  it.each([
    [{ prefix: ["!", "!!"] }, "!!x", "!!"],
    [{ prefix: "!" }, "x", undefined],
    [{ prefix: ({ port }: Server) => [`${port}.`, `${port}`] }, "5.x", "5."],
    [{}, "@bot x", "@bot "],
    [{}, "@bot", undefined],
    [{}, "@botx y", undefined],
    [{ mentionPrefix: false }, "@bot x", undefined],
  ])("%j in %s", (options, content, prefix) => {
    expect(new ServerState(server, settingsFrom(options)).findPrefix(content)).toBe(prefix);
  });

  it("of a function are checked", () => {
    const state = new ServerState(server, settingsFrom({ prefix: () => "" }));
    expect(() => state.findPrefix("x")).toThrow('prefix is ""; allowed: texts of 1 to 32 characters');
  });
});

it("recognises messages that were sent long before the newest one, whatever the server's clock shows", () => {
  const sentAt = (seconds: number) => ({ date: seconds }) as Message;
  const nowSeconds = Math.floor(Date.now() / 1_000);
  for (const aheadSeconds of [0, 5_000, -5_000]) {
    const state = new ServerState(server, settingsFrom({ maxMessageAgeMs: 60_000 }));
    const newest = nowSeconds + aheadSeconds;
    for (const message of [sentAt(newest - 500), sentAt(newest)]) state.observeDate(message);
    expect(state.isOutdated(sentAt(newest - 120))).toBe(true);
    expect(state.isOutdated(sentAt(newest - 30))).toBe(false);
  }
});
