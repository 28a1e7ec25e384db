import { operatorId } from "../access.ts";
import type { NewAuditEntry } from "../store/audit-store.ts";

/** Returns the entry of an operation on the whole database. `now` is a Unix time in ms. */
export const operatorEntry = (action: string, now: number = Date.now()): NewAuditEntry => ({
  date: Math.floor(now / 1000),
  actor: operatorId,
  action,
  address: undefined,
  result: "ok",
  isAdministrative: true,
});
