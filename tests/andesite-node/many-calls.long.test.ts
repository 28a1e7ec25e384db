import { expect, it } from "vitest";
import {
  createCertificates,
  createLongFile,
} from "../../packages/andesite-node/src/voice/voice.test-support.ts";
import { latenessQuantile, playInCalls } from "../support/many-calls.ts";

it("plays in two hundred calls from one thread, and every listener can decrypt it", async () => {
  const { decrypted, undecrypted, lost, load } = await playInCalls(
    await createCertificates(),
    await createLongFile(),
    200,
    500,
    300_000,
  );
  const late = [0.5, 0.99, 0.999].map((share) => latenessQuantile(load, share)).join(", ");
  // Lateness is printed but not asserted: the listeners of all calls run on the same machine.
  process.stdout.write(
    `200 calls: lateness of the frame clock, median, p99 and p99.9: ${late} ms; ticks ${load.ticks}, skipped ` +
      `${load.skipped}; thread busy ${Math.round(100 * load.busy)} %; packets not decrypted ${undecrypted}\n`,
  );
  expect(decrypted).toHaveLength(200);
  expect(lost).toBe(0);
}, 400_000);
