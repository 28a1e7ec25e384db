import { readFile } from "node:fs/promises";
import { optionKeys } from "@asterite/andesite-node/configuration";
import { expect, it } from "vitest";

it("lists every key with its default in the guide", async () => {
  const guide = await readFile(new URL("../../docs/guides/audio-node.md", import.meta.url), "utf8");
  for (const { key, fallback } of optionKeys) {
    const isNone = fallback === null || (Array.isArray(fallback) && fallback.length === 0);
    const shown = isNone ? "–" : `\`${String(fallback)}\``;
    const row = guide.split("\n").find((line) => line.startsWith(`| \`${key}\` `));
    expect(row, key).toContain(`| ${shown} `);
  }
});
