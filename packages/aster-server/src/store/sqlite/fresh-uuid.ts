import { randomUuid } from "../../uuid.ts";

const sqliteConstraintPrimaryKey = 1555;

/**
 * Inserts a row under a UUID and returns the UUID. Retries with random ones while it is taken.
 *
 * @param first - UUID to try first; a random one by default.
 */
export async function withFreshUuid(
  insert: (uuid: number) => unknown,
  first: number = randomUuid(),
): Promise<number> {
  for (let tries = 0; ; tries++) {
    const uuid = tries === 0 ? first : randomUuid();
    try {
      await insert(uuid);
      return uuid;
    } catch (error) {
      const isTaken =
        error instanceof Error && "errcode" in error && error.errcode === sqliteConstraintPrimaryKey;
      if (!isTaken || tries === 3) throw error;
    }
  }
}
