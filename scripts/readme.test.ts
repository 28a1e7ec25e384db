// Type-checks the TypeScript code blocks of every package's README, each as a module of its own.

import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
// Below node_modules, so that the packages resolve and nothing needs ignoring.
const folder = join(root, "node_modules/.cache/asterite-readme");

it("compiles the code blocks of the READMEs", () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files: string[] = [];
  for (const readme of globSync("{packages,apps}/*/README.md", { cwd: root })) {
    const blocks = readFileSync(join(root, readme), "utf8").matchAll(/^```ts\n(.*?)^```$/gms);
    for (const [index, [, code]] of [...blocks].entries()) {
      const file = `${basename(dirname(readme))}-${index + 1}.ts`;
      writeFileSync(join(folder, file), `${code}\nexport {};\n`);
      files.push(file);
    }
  }
  expect(files).not.toHaveLength(0);
  const compilerOptions = { noUnusedLocals: false, noUnusedParameters: false };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, include: [], files }),
  );
  const compiler = join(root, "node_modules/ts7/bin/tsc");
  expect(existsSync(compiler)).toBe(true);
  const { stdout, status } = spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" });
  expect({ stdout, status }).toEqual({ stdout: "", status: 0 });
}, 120_000);
