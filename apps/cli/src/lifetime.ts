/** Exit code of a process that SIGINT ended. */
const interrupted = 130;

/**
 * Waits for a request to end: Ctrl-C, SIGTERM, SIGHUP, or the death of the process that started this one on
 * our behalf. A second Ctrl-C ends at once.
 */
export function untilAskedToStop(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.once(signal, () => resolve(signal));
    if (process.channel) {
      process.once("disconnect", () => resolve("parent process gone"));
      process.channel.unref();
    }
  }).then((reason) => {
    process.once("SIGINT", () => process.exit(interrupted));
    return String(reason);
  });
}
