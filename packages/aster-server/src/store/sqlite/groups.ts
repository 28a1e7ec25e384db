import type { Kysely } from "kysely";
import type { GroupStore, StoredGroup } from "../store.ts";
import { withFreshUuid } from "./fresh-uuid.ts";
import type { Tables } from "./schema.ts";

const rowOf = ({ name, colour, permissions, position }: Omit<StoredGroup, "uuid">) => ({
  name,
  colour,
  permissions: Uint8Array.from(permissions.toBytes()),
  position,
});

/** Groups in SQLite, written in the declared order of columns. */
export class SqliteGroups implements GroupStore {
  readonly #query: Kysely<Tables>;

  constructor(query: Kysely<Tables>) {
    this.#query = query;
  }

  add(group: Omit<StoredGroup, "uuid">): Promise<number> {
    return withFreshUuid((uuid) =>
      this.#query
        .insertInto("groups")
        .values({ uuid, ...rowOf(group) })
        .execute(),
    );
  }

  async update(group: StoredGroup): Promise<void> {
    await this.#query.updateTable("groups").set(rowOf(group)).where("uuid", "=", group.uuid).execute();
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
