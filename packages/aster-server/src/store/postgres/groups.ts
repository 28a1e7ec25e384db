import type { GroupStore, StoredGroup } from "../store.ts";
import { withFreshUuid } from "./fresh-uuid.ts";
import type { QuerySource } from "./transaction.ts";

const toRow = ({ name, colour, position, permissions }: Omit<StoredGroup, "uuid">) => {
  return { name, colour, position, permissions: Uint8Array.from(permissions.toBytes()) };
};

/** Groups in PostgreSQL. */
export class PostgresGroups implements GroupStore {
  readonly #source: QuerySource;

  constructor(source: QuerySource) {
    this.#source = source;
  }

  async add(group: Omit<StoredGroup, "uuid">): Promise<number> {
    const query = await this.#source.queryForWriting();
    return withFreshUuid(async (uuid) => {
      const result = await query
        .insertInto("groups")
        .values({ uuid, ...toRow(group) })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows !== 0n;
    });
  }

  async update(group: StoredGroup): Promise<void> {
    const query = await this.#source.queryForWriting();
    await query.updateTable("groups").set(toRow(group)).where("uuid", "=", group.uuid).execute();
  }

  async setPositions(positions: ReadonlyMap<number, number>): Promise<void> {
    const query = await this.#source.queryForWriting();
    for (const [uuid, position] of positions) {
      await query.updateTable("groups").set({ position }).where("uuid", "=", uuid).execute();
    }
  }

  async remove(uuid: number): Promise<void> {
    const query = await this.#source.queryForWriting();
    await query.deleteFrom("groups").where("uuid", "=", uuid).execute();
    await query.deleteFrom("user_groups").where("group_uuid", "=", uuid).execute();
    await query.deleteFrom("overrides").where("group_uuid", "=", uuid).execute();
  }
}
