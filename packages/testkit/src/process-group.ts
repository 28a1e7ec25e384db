import { type ChildProcess, spawn } from "node:child_process";

const isPosix = process.platform !== "win32";

/** How a child has to be started so that {@link killGroup} and {@link guard} reach all that it starts. */
export const groupOptions = { detached: isPosix };

/** Kills a child and whatever it started, unless that went into a process group of its own. */
export function killGroup(pid: number): void {
  try {
    process.kill(isPosix ? -pid : pid, "SIGKILL");
  } catch {
    // Nobody is left.
  }
}

const guarded = new Set<number>();
process.on("exit", () => {
  for (const pid of guarded) killGroup(pid);
});

/**
 * Sees to it that a child started with {@link groupOptions} ends with this process, even when this one is
 * killed: a shell in a session of its own waits for the end of its input, which is when we are gone.
 *
 * @returns ends the guard; call it as soon as the child has exited, before its id can be given away.
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
    // Without a shell there still is the exit handler.
    shell.on("error", () => {});
    shell.stdin?.on("error", () => {});
  }
  return () => {
    guarded.delete(pid);
    shell?.stdin?.end("done\n");
  };
}
