import type { ChannelStore, StoredOverride } from "../store.ts";
import { withFreshUuid } from "./fresh-uuid.ts";
import type { QuerySource } from "./transaction.ts";

/** Channels in PostgreSQL. */
export class PostgresChannels implements ChannelStore {
  readonly #source: QuerySource;

  constructor(source: QuerySource) {
    this.#source = source;
  }

  async add(channel: { name: string; position: number }): Promise<number> {
    const query = await this.#source.queryForWriting();
    return withFreshUuid(async (uuid) => {
      const result = await query
        .insertInto("channels")
        .values({ uuid, ...channel, slow_seconds: 0 })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows !== 0n;
    });
  }

  async rename(uuid: number, name: string): Promise<void> {
    const query = await this.#source.queryForWriting();
    await query.updateTable("channels").set({ name }).where("uuid", "=", uuid).execute();
  }

  async setPositions(positions: ReadonlyMap<number, number>): Promise<void> {
    const query = await this.#source.queryForWriting();
    for (const [uuid, position] of positions) {
      await query.updateTable("channels").set({ position }).where("uuid", "=", uuid).execute();
    }
  }

  async setOverrides(uuid: number, overrides: readonly Omit<StoredOverride, "channel">[]): Promise<void> {
    const query = await this.#source.queryForWriting();
    await query.deleteFrom("overrides").where("channel_uuid", "=", uuid).execute();
    if (overrides.length === 0) return;
    const rows = overrides.map(({ entity, permissions }) => ({
      channel_uuid: uuid,
      user_uuid: entity.type === "user" ? entity.uuid : null,
      group_uuid: entity.type === "group" ? entity.uuid : null,
      permissions: Uint8Array.from(permissions.toBytes()),
    }));
    await query.insertInto("overrides").values(rows).execute();
  }

  async removeAllOverrides(): Promise<number> {
    const query = await this.#source.queryForWriting();
    const result = await query.deleteFrom("overrides").executeTakeFirst();
    return Number(result.numDeletedRows);
  }

  async setSlowSeconds(uuid: number, seconds: number): Promise<void> {
    const query = await this.#source.queryForWriting();
    await query.updateTable("channels").set({ slow_seconds: seconds }).where("uuid", "=", uuid).execute();
  }

  /** Keeps messages, overrides and read markers, as in SQLite. */
  async remove(uuid: number): Promise<void> {
    const query = await this.#source.queryForWriting();
    await query.deleteFrom("channels").where("uuid", "=", uuid).execute();
  }
}
