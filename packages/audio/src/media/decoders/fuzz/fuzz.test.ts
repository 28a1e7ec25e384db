import { expect, it } from "vitest";
import { decodeDamaged, fuzzedCodecs } from "./fuzz.test-support.ts";

it.each(Object.entries(fuzzedCodecs))("%s decodes or refuses damaged packets", (_name, codec) => {
  const { decoded, refused } = decodeDamaged(codec(), 0, 400);
  expect(decoded).toBeGreaterThan(20);
  expect(refused).toBeGreaterThan(20);
});
