import type { Kysely } from "kysely";
import type { ChannelStore, StoredOverride } from "../store.ts";
import { withFreshUuid } from "./fresh-uuid.ts";
import type { Tables } from "./schema.ts";

/** Channels in SQLite. */
export class SqliteChannels implements ChannelStore {
  readonly #query: Kysely<Tables>;

  constructor(query: Kysely<Tables>) {
    this.#query = query;
  }

  add(channel: { name: string; position: number }): Promise<number> {
    return withFreshUuid((uuid) =>
      this.#query
        .insertInto("channels")
        .values({ uuid, ...channel })
        .execute(),
    );
  }

  async rename(uuid: number, name: string): Promise<void> {
    await this.#query.updateTable("channels").set({ name }).where("uuid", "=", uuid).execute();
  }

  async setPositions(positions: ReadonlyMap<number, number>): Promise<void> {
    for (const [uuid, position] of positions) {
      await this.#query.updateTable("channels").set({ position }).where("uuid", "=", uuid).execute();
    }
  }

  async setOverrides(uuid: number, overrides: readonly Omit<StoredOverride, "channel">[]): Promise<void> {
    await this.#query.deleteFrom("channel_group_permissions").where("channel_uuid", "=", uuid).execute();
    if (overrides.length === 0) return;
    const rows = overrides.map(({ entity, permissions }) => ({
      channel_uuid: uuid,
      user_uuid: entity.type === "user" ? entity.uuid : null,
      group_uuid: entity.type === "group" ? entity.uuid : null,
      permissions: Uint8Array.from(permissions.toBytes()),
    }));
    await this.#query.insertInto("channel_group_permissions").values(rows).execute();
  }

  async removeAllOverrides(): Promise<number> {
    const result = await this.#query.deleteFrom("channel_group_permissions").executeTakeFirst();
    return Number(result.numDeletedRows);
  }

  async setSlowSeconds(uuid: number, seconds: number): Promise<void> {
    await this.#query
      .replaceInto("asterite_channels")
      .values({ channel_uuid: uuid, slow_seconds: seconds })
      .execute();
  }

  /** Keeps messages, overrides and read markers, as the reference server does. */
  async remove(uuid: number): Promise<void> {
    await this.#query.deleteFrom("channels").where("uuid", "=", uuid).execute();
  }
}
