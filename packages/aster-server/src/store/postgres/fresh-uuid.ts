import { randomUuid } from "../../uuid.ts";

/**
 * Inserts a row under a random UUID and returns the UUID. `insert` returns whether it was free: an error
 * would abort the whole transaction.
 *
 * @throws Error after four collisions, which random UUIDs do not have in practice.
 */
export async function withFreshUuid(insert: (uuid: number) => Promise<boolean>): Promise<number> {
  for (let tries = 0; tries < 4; tries++) {
    const uuid = randomUuid();
    if (await insert(uuid)) return uuid;
  }
  throw new Error("no free UUID found");
}
