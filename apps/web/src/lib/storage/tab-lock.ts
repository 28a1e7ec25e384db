import { entryPrefix } from "./stored-value.ts";

/** Runs a task while no other tab of the browser holds the lock of the same name. */
export type TabLock = (name: string, task: () => Promise<void>) => Promise<void>;

/**
 * Returns locks that the tabs of the browser share, released when their tab closes or crashes. Undefined on
 * insecure origins, where browsers have none. Where the browser refuses them, as it does with blocked storage, no
 * other tab can have the same task.
 */
export function tabLock(scope: string): TabLock | undefined {
  const locks: typeof navigator.locks | undefined = globalThis.navigator?.locks;
  return (
    locks &&
    (async (name, task) => {
      let hasBegun = false;
      try {
        await locks.request(`${entryPrefix}${scope} ${name}`, () => {
          hasBegun = true;
          return task();
        });
      } catch (error) {
        const isRefused = error instanceof DOMException && error.name === "SecurityError";
        if (hasBegun || !isRefused) throw error;
        await task();
      }
    })
  );
}
