// Plain JavaScript that any Node since 18 can run. It restarts the command with another Node.

import { spawn } from "node:child_process";
import { hasLauncherExited, onLauncherExit } from "./launcher.js";

/** Re-executes this process with another program: in place if Node supports `execve`, else as a child process. */
export function reExec(program, args) {
  // npm may have exited while packages were being installed.
  if (hasLauncherExited()) process.exit(1);
  if (typeof process.execve === "function" && process.platform !== "win32") {
    process.execve(program, [program, ...args], process.env);
  }
  // The IPC channel lets the child detect that this process was killed.
  const child = spawn(program, args, { stdio: ["inherit", "inherit", "inherit", "ipc"] });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // A terminal sends SIGINT to both processes. Keep waiting, so that the prompt returns after the child has exited.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  onLauncherExit(() => child.kill("SIGTERM"));
  child.on("error", (error) => {
    process.stderr.write(`cannot start ${program}: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
