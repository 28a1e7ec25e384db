import { expect, it } from "vitest";
import { decodeDamaged, fuzzedCodecs } from "./fuzz.test-support.ts";

it.each(Object.entries(fuzzedCodecs))("%s decodes or refuses damaged packets", async (_name, open) => {
  const codec = await open();
  const { decoded, refused } = decodeDamaged(codec, 0, 400);
  expect(decoded).toBeGreaterThan(20);
  expect(refused).toBeGreaterThan(codec.minRefused);
});
