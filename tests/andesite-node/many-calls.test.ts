import { expect, it } from "vitest";
import {
  createCertificates,
  createLongFile,
} from "../../packages/andesite-node/src/voice/voice.test-support.ts";
import { playInCalls } from "../support/many-calls.ts";

it("plays in twenty calls from one thread, and every listener can decrypt it", async () => {
  const { decrypted, lost } = await playInCalls(
    await createCertificates(),
    await createLongFile(),
    20,
    50,
    60_000,
  );
  expect(decrypted).toHaveLength(20);
  expect(lost).toBe(0);
}, 90_000);
