import type { PostgresServer } from "@asterite/testkit";

/**
 * Inserts accounts with one session token each into a database with tables, and returns the tokens.
 * Registering thousands of accounts would take longer than the measurement, because each hashes a password.
 */
export function addAccounts(postgres: PostgresServer, database: string, count: number): string[] {
  const name = new URL(database).pathname.slice(1);
  const now = Math.floor(Date.now() / 1000);
  postgres.execute(
    name,
    `insert into users (uuid, name, pfp, password)
       select 1 + floor(random() * 9007199254740990)::bigint, 'guest ' || number,
         coalesce((select pfp from users limit 1), ''), '!' from generate_series(0, ${count - 1}) number;
     insert into tokens (hash, user_uuid, client, created, last_used)
       select sha256(convert_to(name, 'UTF8')), uuid, 'crowd/1', ${now}, ${now} from users
         where name like 'guest %'`,
  );
  return Array.from({ length: count }, (_, number) => `guest ${number}`);
}
