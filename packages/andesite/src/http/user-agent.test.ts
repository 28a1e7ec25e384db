import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { USER_AGENT } from "./user-agent.ts";

it("names the version in package.json", () => {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(USER_AGENT).toContain(`asterite-andesite/${manifest.version} `);
});
