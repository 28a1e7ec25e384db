import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./workspace.ts";

const libraries = ["aster", "commands", "andesite", "observable", "queue", "lavaplayer-track"];

/** Codes of error classes, and members of types named after codes, faults or failures. */
const declarations = [
  /\bcode\b[^=;]*=\s*"([A-Z_0-9]+)"/g,
  /^export type \w*(?:Code|Fault|Failure\w*) =((?:\s|\/\*\*[\s\S]*?\*\/|\| "[A-Z_0-9]+")+)/gm,
];

function* codesOf(library: string): Generator<string> {
  const folder = join(root, "packages", library, "src");
  for (const path of globSync("**/*.ts", { cwd: folder })) {
    if (/\.(?:test|test-d|test-support)\.ts$/.test(path)) continue;
    const text = readFileSync(join(folder, path), "utf8");
    for (const declaration of declarations) {
      for (const [, found = ""] of text.matchAll(declaration)) {
        if (/^[A-Z_0-9]+$/.test(found)) yield found;
        else for (const [, code = ""] of found.matchAll(/\| "([A-Z_0-9]+)"/g)) yield code;
      }
    }
  }
}

it.each(libraries)("the troubleshooting page has every error code of %s", (library) => {
  const page = readFileSync(join(root, "docs/guides/troubleshooting.md"), "utf8");
  const codes = [...new Set(codesOf(library))];
  expect(codes.length).toBeGreaterThan(5);
  expect(codes.filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
});

it("the troubleshooting page names no code that does not exist", () => {
  const page = readFileSync(join(root, "docs/guides/troubleshooting.md"), "utf8");
  const known = new Set(libraries.flatMap((library) => [...codesOf(library)]));
  const named = [...page.matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g)].map(([, code = ""]) => code);
  expect(named.filter((code) => !known.has(code))).toEqual([]);
});
