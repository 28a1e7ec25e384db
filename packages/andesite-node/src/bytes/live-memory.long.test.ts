import { expect, it } from "vitest";
import { playLive } from "./live-memory.test-support.ts";

it("uses no more after six hours of a live stream than after one", { timeout: 900_000 }, async () => {
  const uses = await playLive(6, 3_600);
  for (const [hour, { memory, held, sockets, resources }] of uses.entries())
    process.stdout.write(`| ${hour + 1} | ${memory.toFixed(1)} | ${held} | ${sockets} | ${resources} |\n`);
  const [first, ...later] = uses;
  for (const use of later) {
    expect(use.memory - (first?.memory ?? 0)).toBeLessThan(2);
    expect(use.held).toBeLessThan(256 * 1024);
    expect(use.sockets).toBeLessThanOrEqual(2);
    expect(use.resources).toBeLessThanOrEqual((first?.resources ?? 0) + 2);
  }
});
