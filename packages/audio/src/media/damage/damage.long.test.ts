import { mediaFiles } from "@asterite/testkit";
import { expect, it } from "vitest";
import { playDamaged } from "./damage.test-support.ts";

// A thousand cases of each file. A case that hangs is reported by the timeout of its file.
it.each(mediaFiles)(
  "a thousand damaged forms of %s",
  async (name) => {
    const endings = { played: 0, refused: 0 };
    const round = async (from: number, to: number) => {
      for (let seed = from; seed < to; seed++) endings[await playDamaged(name, seed)]++;
    };
    await round(0, 500);
    const before = process.memoryUsage.rss();
    await round(500, 1_000);
    expect(endings.played + endings.refused).toBe(1_000);
    // WebAssembly memory is freed by garbage collection, so this bound is coarse.
    expect(process.memoryUsage.rss() - before).toBeLessThan(400 * 1024 * 1024);
  },
  300_000,
);
