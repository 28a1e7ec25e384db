import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { webClientFolder } from "@asterite/web";
import { buildWebClient } from "@asterite/web/build";
import { expect, it } from "vitest";

it("builds the production version of Svelte even under a test runner", {
  timeout: 120_000,
}, async () => {
  const before = process.env["NODE_ENV"];
  await buildWebClient();
  expect(process.env["NODE_ENV"]).toBe(before);
  const scripts = await Array.fromAsync(glob("assets/*.js", { cwd: webClientFolder }));
  const codes = await Promise.all(scripts.map((script) => readFile(join(webClientFolder, script), "utf8")));
  const code = codes.join("\n");
  // Svelte's development build contains error messages, its production build only URLs.
  expect(code).toContain("svelte.dev/e/each_key_duplicate");
  expect(code).not.toContain("Keyed each block has duplicate key");
});
