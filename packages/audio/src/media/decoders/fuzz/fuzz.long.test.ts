import { expect, it } from "vitest";
import { decodeDamaged, fuzzedCodecs } from "./fuzz.test-support.ts";

it.each(Object.entries(fuzzedCodecs))(
  "%s decodes or refuses 10,000 damaged packets without growth",
  async (_name, open) => {
    const codec = await open();
    decodeDamaged(codec, 0, 2_000);
    const before = process.memoryUsage().rss;
    const { decoded, refused } = decodeDamaged(codec, 2_000, 12_000);
    expect(decoded + refused).toBe(10_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  },
  120_000,
);
