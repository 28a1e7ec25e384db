import { join } from "node:path";
import { runCommand } from "../command.ts";
import { isEmpty, lowestNode, type WorkspacePackage } from "../workspace.ts";
import { nodes } from "./consumer.ts";

/**
 * Starts each installed command with `--version`. On a Node that is too old it must either find a newer
 * one and answer, or say which one to install and fail.
 */
export async function startCommands(
  folder: string,
  packages: readonly WorkspacePackage[],
): Promise<string[]> {
  const findings: string[] = [];
  for (const pkg of packages) {
    // A command whose program is not written yet has nothing to start.
    if (isEmpty(pkg)) continue;
    const lowest = lowestNode(pkg).major;
    const names = new RegExp(`\\bNode(?:\\.js)? (?:>= ?)?${lowest}\\b`);
    for (const [command, path] of Object.entries(pkg.manifest.bin ?? {})) {
      const file = join(folder, "node_modules", pkg.manifest.name, path);
      for (const [major, node] of nodes) {
        const { code, output } = await runCommand(node, [file, "--version"], { cwd: folder });
        const answers = code === 0 && output.includes(pkg.manifest.version);
        const explains = major < lowest && code !== 0 && names.test(output);
        // A stack trace is no explanation.
        if (answers || (explains && !/^\s+at /m.test(output))) continue;
        findings.push(`${command} --version on Node ${major} ended with exit code ${code}:\n${output}`);
      }
    }
  }
  return findings;
}
