import { expect, it } from "vitest";
import { playDamagedLoas } from "./latm-writer.test-support.ts";

// A case that hangs is reported by the timeout of the test.
it("ten thousand damaged streams in LATM", async () => {
  await playDamagedLoas(0, 2_000);
  const before = process.memoryUsage.rss();
  await playDamagedLoas(2_000, 10_000);
  expect(process.memoryUsage.rss() - before).toBeLessThan(400 * 1024 * 1024);
}, 600_000);
