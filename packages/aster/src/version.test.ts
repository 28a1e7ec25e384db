import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { libraryVersion } from "./version.ts";

it("equals the version in package.json", () => {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  expect(libraryVersion).toBe(manifest.version);
});
