import { whenStarterEnds } from "../bin/launcher.js";

/** Exit code of a process that SIGINT ended. */
const interrupted = 130;

/** ms that a process has to end when it is left alone: as long as `asterite up` may need for all its parts. */
const longestEndMs = 30_000;

/**
 * Waits for a request to end: Ctrl-C, SIGTERM, SIGHUP, or the end of what started this one: our own process,
 * or npm. A second one of these signals ends at once.
 */
export function untilAskedToStop(): Promise<string> {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const asked = Promise.withResolvers<string>();
  const take = (signal: NodeJS.Signals): void => {
    // Nobody listens any more, so a second one ends the process by itself.
    for (const one of signals) process.off(one, take);
    process.once("SIGINT", () => process.exit(interrupted));
    asked.resolve(signal);
  };
  for (const signal of signals) process.on(signal, take);
  if (process.channel) {
    process.once("disconnect", () => {
      // Whoever would have ended it, if it did not end by itself, is gone.
      setTimeout(() => process.exit(1), longestEndMs).unref();
      asked.resolve("parent process gone");
    });
    process.channel.unref();
  } else {
    whenStarterEnds(() => asked.resolve("npm gone"));
  }
  return asked.promise;
}
