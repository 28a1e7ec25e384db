import { randomUuid } from "../../uuid.ts";

/**
 * Inserts under a random uuid; `insert` says whether it was free. Two have never met, but an error would end a
 * whole transaction.
 */
export async function withFreshUuid(insert: (uuid: number) => Promise<boolean>): Promise<number> {
  for (let tries = 0; tries < 4; tries++) {
    const uuid = randomUuid();
    if (await insert(uuid)) return uuid;
  }
  throw new Error("every random uuid was taken");
}
