import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { streamCommand } from "../command.ts";
import { root } from "../workspace.ts";
import type { MutantRoom } from "./rooms.ts";
import { type Sample, samplePlugin } from "./sample.ts";
import { type MutationReport, type MutationScore, scoreReport } from "./score.ts";

const reportFile = "mutation-report.json";

const vitestConfig = (tests: readonly string[]): string => `
import { defineConfig, mergeConfig } from "vitest/config";
import base from "./vitest.config.ts";
const config = mergeConfig(base, defineConfig({ test: { typecheck: { enabled: false } } }));
export default { ...config, test: { ...config.test, include: ${JSON.stringify(tests)} } };
`;

const strykerConfig = ({ mutate }: MutantRoom, concurrency: number): object => ({
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner", "./sample-plugin.mjs"],
  checkers: ["sample"],
  vitest: { configFile: "vitest.mutants.config.ts", related: false },
  mutate,
  // Texts are for people, and the compiler holds the strings that code compares.
  mutator: { excludedMutations: ["StringLiteral"] },
  // Constants of modules would need a new process for each mutant.
  ignoreStatic: true,
  coverageAnalysis: "perTest",
  inPlace: true,
  disableTypeChecks: false,
  concurrency,
  // Longer than vitest's limit for a test, so that a busy machine alone makes no mutant count as noticed.
  timeoutMS: 30_000,
  timeoutFactor: 3,
  dryRunTimeoutMinutes: 30,
  reporters: ["progress-append-only", "json"],
  jsonReporter: { fileName: reportFile },
});

/**
 * Changes the code of a room in a copy of the workspace, one place at a time, and runs the tests that reach
 * the place, for the mutants in a sample.
 *
 * @throws Error if the tests fail on the unchanged code; the tool's output, which is shown as it comes, says how.
 */
export async function runRoom(
  room: MutantRoom,
  sample: Sample,
  folder: string,
  concurrency: number,
): Promise<MutationScore> {
  writeFileSync(join(folder, "sample-plugin.mjs"), samplePlugin(sample));
  writeFileSync(join(folder, "vitest.mutants.config.ts"), vitestConfig(room.tests));
  writeFileSync(join(folder, "stryker.config.json"), JSON.stringify(strykerConfig(room, concurrency)));
  const program = join(root, "node_modules/@stryker-mutator/core/bin/stryker.js");
  const code = await streamCommand(process.execPath, [program, "run"], { cwd: folder });
  if (code !== 0) throw new Error(`${room.name}: the mutation run failed with exit code ${code}`);
  const report: MutationReport = JSON.parse(readFileSync(join(folder, reportFile), "utf8"));
  return scoreReport(report);
}

/** Writes the survivors of a room and then its time-outs into a file below a folder, and returns its path. */
export function writeSurvivors(folder: string, name: string, { survivors, timedOut }: MutationScore): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.txt`);
  const lines = [...survivors, ...timedOut.map((place) => `${place} (noticed by time-out)`)];
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  return path;
}
