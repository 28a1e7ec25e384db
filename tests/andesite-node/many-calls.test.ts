import { expect, it } from "vitest";
import { longFile, vouch } from "../../packages/andesite-node/src/voice/voice.test-support.ts";
import { playInCalls } from "../support/many-calls.ts";

it("plays in twenty calls from one thread, and every listener can decrypt it", async () => {
  const { decrypted, lost } = await playInCalls(await vouch(), await longFile(), 20, 50, 60_000);
  expect(decrypted).toHaveLength(20);
  expect(lost).toBe(0);
}, 90_000);
