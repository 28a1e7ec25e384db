import { expect, test } from "vitest";
import { longFile, vouch } from "../../packages/andesite-node/src/voice/voice.test-support.ts";
import { latenessQuantile, playInCalls } from "../support/many-calls.ts";

test("two hundred calls of one thread are all heard and decrypted", async () => {
  const { heard, unread, lost, load } = await playInCalls(await vouch(), await longFile(), 200, 500, 300_000);
  const late = [0.5, 0.99, 0.999].map((share) => latenessQuantile(load, share)).join(", ");
  // How late the ticks are is told and not judged: the listeners of all calls run on the same machine.
  process.stdout.write(
    `200 calls: lateness of the frame clock, median, p99 and p99.9: ${late} ms; ticks ${load.ticks}, left out ` +
      `${load.skipped}; thread busy ${Math.round(100 * load.busy)} %; packets not decrypted ${unread}\n`,
  );
  expect(heard).toHaveLength(200);
  expect(lost).toBe(0);
}, 400_000);
