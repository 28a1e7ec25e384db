import { type ChildProcess, spawn } from "node:child_process";

const isPosix = process.platform !== "win32";

/** Spawn options with which {@link killGroup} and {@link guard} reach the child and its descendants. */
export const groupOptions = { detached: isPosix };

/** Kills a child and its descendants, except those that moved to a process group of their own. */
export function killGroup(pid: number): void {
  try {
    process.kill(isPosix ? -pid : pid, "SIGKILL");
  } catch {
    // No process of the group is left.
  }
}

const guarded = new Set<number>();
process.on("exit", () => {
  for (const pid of guarded) killGroup(pid);
});

/**
 * Kills a child started with {@link groupOptions} when this process ends, even by SIGKILL: a shell in a
 * session of its own waits for the end of its input, which the system closes with this process.
 *
 * @returns a function that ends the guard; call it as soon as the child has exited, before its id can be
 *   reused.
 */
export function guard(pid: number): () => void {
  guarded.add(pid);
  let shell: ChildProcess | undefined;
  if (isPosix) {
    const script = 'read -r _ || kill -KILL "-$1"';
    shell = spawn("/bin/sh", ["-c", script, "guard", String(pid)], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    shell.unref();
    // Without a shell, the exit handler still works.
    shell.on("error", () => {});
    shell.stdin?.on("error", () => {});
  }
  return () => {
    guarded.delete(pid);
    shell?.stdin?.end("done\n");
  };
}
