import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { webClientFolder } from "@asterite/web";
import { buildWebClient } from "@asterite/web/build";
import { expect, it } from "vitest";

it("is built for users whoever builds it, which under a test runner Vite would not do by itself", {
  timeout: 120_000,
}, async () => {
  const before = process.env["NODE_ENV"];
  await buildWebClient();
  expect(process.env["NODE_ENV"]).toBe(before);
  const scripts = await Array.fromAsync(glob("assets/index-*.js", { cwd: webClientFolder }));
  expect(scripts).toHaveLength(1);
  const code = await readFile(join(webClientFolder, scripts[0] ?? ""), "utf8");
  // Svelte says in words what went wrong to those who develop, and by an address to everybody else.
  expect(code).toContain("svelte.dev/e/each_key_duplicate");
  expect(code).not.toContain("Keyed each block has duplicate key");
});
