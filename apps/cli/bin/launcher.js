// Plain JavaScript that any Node since 18 can run. It detects that the npm process that launched this one has exited.

import { readFileSync } from "node:fs";

/** Polling interval in ms. */
const pollIntervalMs = 500;

/** Returns a file of a process in /proc; empty on other systems and for a process that has exited. */
function readProcess(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

/** Returns the parent of a process. The process name before it is in brackets and may contain spaces and brackets. */
function parentOf(pid) {
  const stat = readProcess(pid, "stat");
  return stat.slice(stat.lastIndexOf(")")).split(" ")[2];
}

/** Returns whether a process is the shell in which npm runs a script. */
function isShellOf(pid, script) {
  const [, flag, line] = readProcess(pid, "cmdline").split("\0");
  return flag === "-c" && line !== undefined && line.startsWith(script);
}

const script = process.platform === "win32" ? undefined : process.env.npm_lifecycle_script;
// Read at startup: an orphaned process gets another parent.
const parent = process.ppid;
const npm = script && isShellOf(parent, script) ? parentOf(parent) : undefined;

/** Returns whether npm launched this process (`npm start`, `npx asterite`) and has exited since. */
export const hasLauncherExited = () =>
  Boolean(script) && (process.ppid !== parent || (npm !== undefined && parentOf(parent) !== npm));

/**
 * Calls back once {@link hasLauncherExited}.
 *
 * npm sends SIGTERM to the shell that runs a script, not to the program. Some shells have replaced themselves with the
 * program by then; Debian's waits for it, exits and orphans it. A killed npm orphans both. Windows gives no indication.
 */
export function onLauncherExit(callback) {
  if (!script) return;
  const timer = setInterval(() => {
    if (!hasLauncherExited()) return;
    clearInterval(timer);
    callback();
  }, pollIntervalMs);
  timer.unref();
}
