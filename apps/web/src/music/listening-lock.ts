/** Lock that at most one tab of the browser holds, and that ends with its tab. */
export interface ListeningLock {
  /** Takes the lock from any other tab. */
  take(onTaken: () => void): void;
  /**
   * Requests the lock without taking it from another tab.
   *
   * @param onTaken - Called when another tab has taken the lock.
   * @returns Whether this tab holds it now; "unknown" on insecure origins, where browsers have no locks.
   */
  request(onTaken: () => void): Promise<"granted" | "refused" | "unknown">;
  release(): void;
}

/**
 * Returns the lock of the tabs of one origin.
 *
 * @param waitMs - Time in which the previous document of a reloaded tab releases its lock.
 */
export function listeningLock(waitMs = 3_000): ListeningLock {
  const locks: LockManager | undefined = globalThis.navigator?.locks;
  let release = (): void => {};

  async function acquire(options: LockOptions, onTaken: () => void): Promise<"granted" | "refused"> {
    release();
    const answer = Promise.withResolvers<"granted" | "refused">();
    const end = Promise.withResolvers<void>();
    let isHeld = false;
    release = () => {
      isHeld = false;
      end.resolve();
    };
    locks
      ?.request("asterite.listening", options, () => {
        isHeld = true;
        answer.resolve("granted");
        return end.promise;
      })
      // The wait has timed out, or another tab has taken the lock.
      .catch(() => {
        answer.resolve("refused");
        if (isHeld) onTaken();
      });
    return await answer.promise;
  }

  return {
    take: (onTaken) => void (locks && acquire({ steal: true }, onTaken)),
    request: async (onTaken) =>
      locks ? await acquire({ signal: AbortSignal.timeout(waitMs) }, onTaken) : "unknown",
    release: () => release(),
  };
}
