import { expect, test } from "vitest";
import { longFile, vouch } from "../../packages/andesite-node/src/voice/voice.test-support.ts";
import { playInCalls } from "../support/many-calls.ts";

test("twenty calls of one thread are all heard and decrypted", async () => {
  const { heard, lost } = await playInCalls(await vouch(), await longFile(), 20, 50, 60_000);
  expect(heard).toHaveLength(20);
  expect(lost).toBe(0);
}, 90_000);
