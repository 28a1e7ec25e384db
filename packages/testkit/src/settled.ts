import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits until a number has stayed the same for 100 ms, for tests that prove the absence of further events. On
 * a busy machine it may return too early, so only expect what holds at any time: the test can then miss a
 * failure, but never fail wrongly.
 */
export async function settled(read: () => number): Promise<number> {
  let value = read();
  for (let quietTurns = 0; quietTurns < 10; quietTurns++) {
    await sleep(10);
    const now = read();
    if (now === value) continue;
    value = now;
    quietTurns = -1;
  }
  return value;
}
