import { type Kysely, sql } from "kysely";
import type { GroupStore, StoredGroup } from "../store.ts";
import { withFreshUuid } from "./fresh-uuid.ts";
import type { Tables } from "./schema.ts";

/**
 * Returns whether SQLite would convert a name in the integer column `colour` to a number, losing leading
 * zeros.
 */
const looksNumeric = (name: string): boolean => name.trim() !== "" && Number.isFinite(Number(name));

/**
 * Converts a group to a row with the permuted columns of the reference server. That server reads single
 * groups in its own column order, and answers 500 to every member of a group that is stored correctly.
 * `readGroups` restores the order. Numeric names are stored in the correct columns, because the permuted ones
 * would change them.
 */
export function toGroupRow(group: Omit<StoredGroup, "uuid">) {
  const { name, colour, position } = group;
  const permissions = Uint8Array.from(group.permissions.toBytes());
  return looksNumeric(name)
    ? { name, colour, permissions, position }
    : {
        name: sql<string>`${permissions}`,
        colour: sql<number>`${name}`,
        // The column has no affinity, and a number is bound as REAL, which the reference server cannot read.
        permissions: sql<Uint8Array>`cast(${colour} as integer)`,
        position,
      };
}

/** Groups in SQLite. */
export class SqliteGroups implements GroupStore {
  readonly #query: Kysely<Tables>;

  constructor(query: Kysely<Tables>) {
    this.#query = query;
  }

  add(group: Omit<StoredGroup, "uuid">): Promise<number> {
    return withFreshUuid((uuid) =>
      this.#query
        .insertInto("groups")
        .values({ uuid, ...toGroupRow(group) })
        .execute(),
    );
  }

  async update(group: StoredGroup): Promise<void> {
    await this.#query.updateTable("groups").set(toGroupRow(group)).where("uuid", "=", group.uuid).execute();
  }

  async setPositions(positions: ReadonlyMap<number, number>): Promise<void> {
    for (const [uuid, position] of positions) {
      await this.#query.updateTable("groups").set({ position }).where("uuid", "=", uuid).execute();
    }
  }

  async remove(uuid: number): Promise<void> {
    await this.#query.deleteFrom("groups").where("uuid", "=", uuid).execute();
    await this.#query.deleteFrom("user_groups").where("group_uuid", "=", uuid).execute();
    await this.#query.deleteFrom("channel_group_permissions").where("group_uuid", "=", uuid).execute();
  }
}
