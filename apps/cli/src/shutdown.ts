import { onLauncherExit } from "../bin/launcher.js";

/** Exit code of a process terminated by SIGINT. */
const sigintExitCode = 130;

/** Time for an orphaned process to exit, in ms: as long as `asterite up` may need to stop all services. */
const maxShutdownMs = 30_000;

/**
 * Resolves with the reason when the process should shut down: Ctrl-C, SIGTERM, SIGHUP, or the exit of the
 * parent process (`asterite up` or npm). A second signal terminates the process immediately.
 */
export function waitForShutdown(): Promise<string> {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const shutdown = Promise.withResolvers<string>();
  const handleSignal = (signal: NodeJS.Signals): void => {
    // Without listeners a second signal terminates the process.
    for (const one of signals) process.off(one, handleSignal);
    process.once("SIGINT", () => process.exit(sigintExitCode));
    shutdown.resolve(signal);
  };
  for (const signal of signals) process.on(signal, handleSignal);
  const handleOrphaned = (): void => {
    // The parent that would have killed a hanging process has exited.
    setTimeout(() => process.exit(1), maxShutdownMs).unref();
    shutdown.resolve("parent process exited");
  };
  if (process.channel) {
    process.once("disconnect", handleOrphaned);
    process.channel.unref();
  } else if (process.send) {
    // The parent exited while this process was starting.
    handleOrphaned();
  } else {
    onLauncherExit(() => shutdown.resolve("npm exited"));
  }
  return shutdown.promise;
}
