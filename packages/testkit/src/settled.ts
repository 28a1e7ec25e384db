import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits until a number has stayed the same for 100 ms, for a test that shows that nothing more happens. On
 * a busy machine it may return too early, so only expect what holds at any time: a missed failure is then
 * the worst, never a false one.
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
