import { randomUuid } from "../../uuid.ts";

const sqliteConstraintPrimaryKey = 1555;

/** Inserts under a random uuid. Two have never met; if they do, the second gets another instead of an error. */
export async function withFreshUuid(insert: (uuid: number) => unknown): Promise<number> {
  for (let tries = 0; ; tries++) {
    const uuid = randomUuid();
    try {
      await insert(uuid);
      return uuid;
    } catch (error) {
      const taken =
        error instanceof Error && "errcode" in error && error.errcode === sqliteConstraintPrimaryKey;
      if (!taken || tries === 3) throw error;
    }
  }
}
