// Plain JavaScript that any Node since 18 can read: it replaces an old Node by the right one.

import { spawn } from "node:child_process";
import { hasStarterEnded, whenStarterEnds } from "./launcher.js";

/** Continues this process as another program: in place where Node can, else through a child. */
export function handOver(program, args) {
  // While packages were installed.
  if (hasStarterEnded()) process.exit(1);
  if (typeof process.execve === "function" && process.platform !== "win32") {
    process.execve(program, [program, ...args], process.env);
  }
  // The channel lets the child notice when this process is killed without warning.
  const child = spawn(program, args, { stdio: ["inherit", "inherit", "inherit", "ipc"] });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // A terminal sends SIGINT to both by itself; waiting keeps its prompt away until the child is done.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  whenStarterEnds(() => child.kill("SIGTERM"));
  child.on("error", (error) => {
    process.stderr.write(`${program} could not be started: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
