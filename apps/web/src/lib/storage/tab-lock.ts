/** Runs a task while no other tab of the browser holds the lock of the same name. */
export type TabLock = (name: string, task: () => Promise<void>) => Promise<void>;

/**
 * Returns locks that the tabs of the browser share, released when their tab closes or crashes. Undefined on
 * insecure origins, where browsers have none.
 */
export function tabLock(scope: string): TabLock | undefined {
  const locks: LockManager | undefined = globalThis.navigator?.locks;
  return locks && ((name, task) => locks.request(`asterite.${scope} ${name}`, task));
}
