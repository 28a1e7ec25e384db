import { expect, it } from "vitest";
import { decodeDamaged, fuzzedCodecs } from "./fuzz.test-support.ts";

it.each(Object.entries(fuzzedCodecs))("%s decodes or refuses damaged packets", async (_name, open) => {
  const { decoded, refused } = decodeDamaged(await open(), 0, 400);
  expect(decoded).toBeGreaterThan(20);
  expect(refused).toBeGreaterThan(20);
});
