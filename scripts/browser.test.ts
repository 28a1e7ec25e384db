// Type-checks the packages that also run in browsers without the types of Node.js, so that none of them uses a
// module or global that only Node.js has.

import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const packages = ["observable", "lavaplayer-track", "aster-protocol", "andesite-protocol", "andesite"];
// Below node_modules, so that the packages resolve and nothing needs ignoring.
const folder = join(root, "node_modules/.cache/asterite-browser");

const compile = (files: string[]) => {
  const compilerOptions = { types: [], lib: ["esnext", "dom", "dom.iterable"] };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "uses-node.ts"), 'import "node:fs";\nBuffer.from("");\n');
  const options = { extends: join(root, "tsconfig.json"), compilerOptions, include: [], files };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
  const compiler = join(root, "node_modules/ts7/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" });
  return stdout;
};

it("compiles the packages for browsers without Node.js", () => {
  const sources = globSync(`packages/{${packages}}/src/**/*.ts`, { cwd: root });
  const files = sources.filter((file) => !/\.test(-d)?\.ts$/.test(file)).map((file) => join(root, file));
  expect(files.length).toBeGreaterThan(50);
  expect(compile(files)).toBe("");
}, 120_000);

it("would notice what only Node.js has", () => {
  expect(compile([join(folder, "uses-node.ts")])).toMatch(/node:fs.*Buffer/s);
}, 120_000);
