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
 * Merges the keys of this browser's servers with those of the account's list, which is authoritative: a local
 * server missing from it is new if this browser never saw it there, and was removed by another browser otherwise.
 *
 * @param seen - Keys that the account's list had when this browser last fetched it.
 * @param dropped - Keys removed in this browser whose removal may not have reached the account's list yet.
 */
export function mergeServers(
  here: readonly string[],
  account: readonly string[],
  seen: ReadonlySet<string>,
  dropped: ReadonlySet<string> = new Set(),
): MergedServers {
  const isDropped = (key: string): boolean => dropped.has(key) && !here.includes(key);
  const accountKeys = [...new Set(account)].filter((key) => !isDropped(key));
  const known = new Set(accountKeys);
  const isRemoved = (key: string): boolean => !known.has(key) && seen.has(key);
  const removed = here.filter(isRemoved);
  const fresh = here.filter((key) => !known.has(key) && !isRemoved(key));
  return {
    order: [...accountKeys, ...fresh],
    added: accountKeys.filter((key) => !here.includes(key)),
    removed,
    isChanged: fresh.length > 0 || accountKeys.length < account.length,
  };
}
