import { keyOf } from "../lib/address.ts";

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Result of merging this browser's server list with the account's. */
export interface MergedServers {
  /** Keys in display order. */
  readonly order: readonly string[];
  /** Keys from the account's list that are new to this browser. */
  readonly added: readonly string[];
  /** Keys that another browser has removed from the account's list. */
  readonly removed: readonly string[];
  /** Whether the account's list has to be written back. */
  readonly isChanged: boolean;
}

/**
 * Merges this browser's server list with the account's. The account's list is authoritative: a local server
 * missing from it is new if this browser never saw it there, and was removed by another browser otherwise.
 *
 * @param seen - Keys that the account's list had when this browser last fetched it.
 * @param dropped - Keys removed in this browser whose removal may not have reached the account's list yet.
 */
export function mergeServers(
  here: readonly Endpoint[],
  account: readonly Endpoint[],
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
