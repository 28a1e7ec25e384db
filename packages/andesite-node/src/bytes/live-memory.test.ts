import { expect, it } from "vitest";
import { playLive } from "./live-memory.test-support.ts";

it("uses no more after twelve minutes of a live stream than after three", { timeout: 60_000 }, async () => {
  const [first, ...later] = await playLive(4, 180);
  for (const use of later) {
    expect(use.memory - (first?.memory ?? 0)).toBeLessThan(1);
    expect(use.held).toBeLessThan(256 * 1024);
    expect(use.sockets).toBeLessThanOrEqual(2);
    expect(use.resources).toBeLessThanOrEqual((first?.resources ?? 0) + 2);
  }
});
