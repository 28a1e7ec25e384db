import { ServerError } from "../../errors.ts";

/** Returns whether a database name is a PostgreSQL address and not a file. */
export const isPostgresAddress = (database: string): boolean => /^postgres(?:ql)?:\/\//i.test(database);

/** Returns an address without user name, password and options, which may contain them too. */
export function redactAddress(address: string): string {
  if (!isPostgresAddress(address)) return address;
  try {
    const { host, pathname } = new URL(address);
    return `postgres://${host}${pathname}`;
  } catch {
    return "postgres://…";
  }
}

/**
 * Refuses the address of another database, which would become the name of a file.
 *
 * @throws ServerError with `OPTION_INVALID`, without the address, which may contain a password.
 */
export function requireKnownDatabase(database: string): void {
  const [scheme] = /^[a-z][\w+.-]*:\/\//i.exec(database) ?? [];
  if (scheme === undefined || isPostgresAddress(database)) return;
  const allowed = "a file, :memory: or postgres://…";
  throw new ServerError("OPTION_INVALID", `Option database is "${scheme}…"; allowed: ${allowed}`);
}
