import { DatabaseSync } from "node:sqlite";
import { Permissions } from "@asterite/aster-protocol";

/** How many places in the history are asked for. */
const places = 1000;

/** Lets everybody write and nobody read. */
export function hideMessages(file: string): void {
  const base = Permissions.initialBase.with({ read_messages: "deny" });
  const database = new DatabaseSync(file);
  database.prepare("update server_config set base_perms = ?").run(Uint8Array.from(base.toBytes()));
  database.close();
}

/** Fills the first channel, far faster than a client could, and gives messages from everywhere in it. */
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
    .all(Math.ceil(messages / places));
  database.close();
  return found.map(({ uuid }) => Number(uuid));
}
