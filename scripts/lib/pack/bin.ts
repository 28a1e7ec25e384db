import { join } from "node:path";
import { runCommand } from "../command.ts";
import { isEmpty, lowestNode, type WorkspacePackage } from "../workspace.ts";
import { nodes } from "./consumer.ts";

/**
 * Starts each installed command with `--version`. On a Node that is too old, the command has to start a newer one, or fail
 * with the version to install.
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
