import { DatabaseSync } from "node:sqlite";
import { Permissions } from "@asterite/aster-protocol";

/** Number of positions in the history that are requested. */
const historyPositions = 1000;

/** Denies all users to read messages; they can still send. */
export function hideMessages(file: string): void {
  const base = Permissions.initialBase.with({ read_messages: "deny" });
  const database = new DatabaseSync(file);
  database.prepare("update server_config set base_perms = ?").run(Uint8Array.from(base.toBytes()));
  database.close();
}

/** Fills the first channel directly in the database, and returns UUIDs of messages spread over it. */
export function fillHistory(file: string, messages: number): number[] {
  const database = new DatabaseSync(file);
  database.exec(`
    pragma synchronous = off;
    insert into users values (1, 'writer', '', '!');
    with recursive numbers(number) as (select 1 union all select number + 1 from numbers where number < ${messages})
    insert into messages select abs(random() % 9007199254740991), 'message number ' || number || ' of a long talk',
      1, (select uuid from channels), 1700000000 + number, 0, null from numbers`);
  const found = database
    .prepare("select uuid from messages where rowid > 100 and rowid % ? = 0 order by random()")
    .all(Math.ceil(messages / historyPositions));
  database.close();
  return found.map(({ uuid }) => Number(uuid));
}
