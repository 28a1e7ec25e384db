import type { GroupStore, StoredGroup } from "../store.ts";
import { withFreshUuid } from "./fresh-uuid.ts";
import type { Source } from "./transaction.ts";

const rowOf = ({ name, colour, position, permissions }: Omit<StoredGroup, "uuid">) => {
  return { name, colour, position, permissions: Uint8Array.from(permissions.toBytes()) };
};

/** Groups in PostgreSQL. */
export class PostgresGroups implements GroupStore {
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  async add(group: Omit<StoredGroup, "uuid">): Promise<number> {
    const query = await this.#source.writing();
    return withFreshUuid(async (uuid) => {
      const result = await query
        .insertInto("groups")
        .values({ uuid, ...rowOf(group) })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows !== 0n;
    });
  }

  async update(group: StoredGroup): Promise<void> {
    const query = await this.#source.writing();
    await query.updateTable("groups").set(rowOf(group)).where("uuid", "=", group.uuid).execute();
  }

  async setPositions(positions: ReadonlyMap<number, number>): Promise<void> {
    const query = await this.#source.writing();
    for (const [uuid, position] of positions) {
      await query.updateTable("groups").set({ position }).where("uuid", "=", uuid).execute();
    }
  }

  async remove(uuid: number): Promise<void> {
    const query = await this.#source.writing();
    await query.deleteFrom("groups").where("uuid", "=", uuid).execute();
    await query.deleteFrom("user_groups").where("group_uuid", "=", uuid).execute();
    await query.deleteFrom("overrides").where("group_uuid", "=", uuid).execute();
  }
}
