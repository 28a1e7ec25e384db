import { randomUuid } from "../../uuid.ts";

const sqliteConstraintPrimaryKey = 1555;

/** Inserts a row under a random UUID and returns the UUID. Retries with another one if it is taken. */
export async function withFreshUuid(insert: (uuid: number) => unknown): Promise<number> {
  for (let tries = 0; ; tries++) {
    const uuid = randomUuid();
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
