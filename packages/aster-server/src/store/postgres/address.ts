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
