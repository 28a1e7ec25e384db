/**
 * SQLSTATEs of a server that writes must leave: read-only (a standby, or a former primary), shutting down after an
 * administrator's command or a crash, or not accepting connections yet.
 */
const leavingStates: ReadonlySet<unknown> = new Set(["25006", "57P01", "57P02", "57P03"]);

/** Returns whether an error shows that another database server has to be reached, on new connections. */
export const demandsReconnection = (error: unknown): boolean =>
  error instanceof Error && "code" in error && leavingStates.has(error.code);
