/** Whether a database is named by an address of PostgreSQL and not by a file. */
export const isPostgresAddress = (database: string): boolean => /^postgres(?:ql)?:\/\//i.test(database);

/** An address as it may be shown: without user name and password, and without options, which may hold them too. */
export function redactAddress(address: string): string {
  if (!isPostgresAddress(address)) return address;
  try {
    const { host, pathname } = new URL(address);
    return `postgres://${host}${pathname}`;
  } catch {
    return "postgres://…";
  }
}
