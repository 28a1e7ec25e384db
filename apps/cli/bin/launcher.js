// Plain JavaScript that any Node since 18 can read: it notices that the npm that started this process is gone.

import { readFileSync } from "node:fs";

/** ms between two looks. */
const everyMs = 500;

/** What Linux tells of a process; nothing on other systems, and of a process that is gone. */
function readProcess(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

/** The name before the parent stands in brackets and may hold spaces and brackets itself. */
function parentOf(pid) {
  const stat = readProcess(pid, "stat");
  return stat.slice(stat.lastIndexOf(")")).split(" ")[2];
}

/** Whether a process is the shell in which npm runs a script. */
function isShellOf(pid, script) {
  const [, flag, line] = readProcess(pid, "cmdline").split("\0");
  return flag === "-c" && line !== undefined && line.startsWith(script);
}

const script = process.platform === "win32" ? undefined : process.env.npm_lifecycle_script;
// Who started this is read at once: the parent of one that was left behind is somebody else.
const parent = process.ppid;
const npm = script && isShellOf(parent, script) ? parentOf(parent) : undefined;

/** Whether npm has started this process (`npm start`, `npx asterite`) and has ended since. */
export const hasStarterEnded = () =>
  Boolean(script) && (process.ppid !== parent || (npm !== undefined && parentOf(parent) !== npm));

/**
 * Calls back once, when {@link hasStarterEnded}.
 *
 * npm hands SIGTERM to the shell that runs a script, not to the program. Some shells have become the program by then;
 * Debian's waits for it, ends, and leaves it behind. An npm that is killed leaves both behind. On Windows nothing tells.
 */
export function whenStarterEnds(callback) {
  if (!script) return;
  const timer = setInterval(() => {
    if (!hasStarterEnded()) return;
    clearInterval(timer);
    callback();
  }, everyMs);
  timer.unref();
}
