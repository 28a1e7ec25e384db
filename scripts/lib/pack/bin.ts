import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { runCommand, runUntil } from "../command.ts";
import { isEmpty, lowestNode, type WorkspacePackage } from "../workspace.ts";
import { nodes } from "./consumer.ts";

/**
 * Starts each installed command with `--version`. On a Node that is too old, the command has to start a newer
 * one, or fail with the version to install.
 */
export async function startCommands(
  folder: string,
  packages: readonly WorkspacePackage[],
): Promise<string[]> {
  const findings: string[] = [];
  for (const pkg of packages) {
    // The program of the command does not exist yet.
    if (isEmpty(pkg)) continue;
    const lowest = lowestNode(pkg).major;
    const names = new RegExp(`\\bNode(?:\\.js)? (?:>= ?)?${lowest}\\b`);
    for (const [command, path] of Object.entries(pkg.manifest.bin ?? {})) {
      const file = join(folder, "node_modules", pkg.manifest.name, path);
      for (const [major, node] of nodes) {
        const { code, output } = await runCommand(node, [file, "--version"], { cwd: folder });
        const answers = code === 0 && output.includes(pkg.manifest.version);
        const explains = major < lowest && code !== 0 && names.test(output);
        // The message has to explain the failure, not a stack trace.
        if (answers || (explains && !/^\s+at /m.test(output))) continue;
        findings.push(`${command} --version on Node ${major} ended with exit code ${code}:\n${output}`);
      }
    }
  }
  return findings;
}

/** Longest start of all services on a busy machine, in ms. */
const startLimitMs = 60_000;

/**
 * Starts all services of the installed command in an empty folder, waits until they are ready, and stops
 * them.
 */
export async function startServices(folder: string, pkg: WorkspacePackage): Promise<string[]> {
  const [path] = Object.values(pkg.manifest.bin ?? {});
  if (path === undefined) return [];
  const data = mkdtempSync(join(folder, "data-"));
  const { isReached, output } = await runUntil(
    process.execPath,
    [join(folder, "node_modules", pkg.manifest.name, path), "up", "--port", "0", "--web-port", "0"],
    { cwd: data },
    { line: /"service":"asterite".*"msg":"ready"/, limitMs: startLimitMs },
  );
  return isReached
    ? []
    : [`${pkg.manifest.name} up is not ready after ${startLimitMs} ms or has ended:\n${output}`];
}
