import { keyOf } from "../lib/address.ts";

interface Place {
  readonly host: string;
  readonly port: number;
}

/** What becomes of two lists of servers: this browser's and the one that the account keeps. */
export interface MergedServers {
  /** Keys in their order. */
  readonly order: readonly string[];
  /** In the account's list, and new here. */
  readonly added: readonly string[];
  /** Taken from the account's list elsewhere since this browser saw it. */
  readonly removed: readonly string[];
  /** Whether the account's list has to be stored anew. */
  readonly isChanged: boolean;
}

/**
 * Joins this browser's servers with those of the account. The account's list decides; what this browser has
 * beyond it is new if the account's list never had it, and was removed elsewhere if it had.
 *
 * @param seen - Keys that the account's list had when this browser last looked.
 * @param dropped - Keys that were taken off here, which the account's list may not have heard yet.
 */
export function mergeServers(
  here: readonly Place[],
  account: readonly Place[],
  seen: ReadonlySet<string>,
  dropped: ReadonlySet<string> = new Set(),
): MergedServers {
  const hereKeys = here.map(keyOf);
  const isDropped = (key: string): boolean => dropped.has(key) && !hereKeys.includes(key);
  const accountKeys = [...new Set(account.map(keyOf))].filter((key) => !isDropped(key));
  const known = new Set(accountKeys);
  const isRemoved = (key: string): boolean => !known.has(key) && seen.has(key);
  const removed = hereKeys.filter(isRemoved);
  const fresh = hereKeys.filter((key) => !known.has(key) && !isRemoved(key));
  return {
    order: [...accountKeys, ...fresh],
    added: accountKeys.filter((key) => !hereKeys.includes(key)),
    removed,
    isChanged: fresh.length > 0 || accountKeys.length < account.length,
  };
}
