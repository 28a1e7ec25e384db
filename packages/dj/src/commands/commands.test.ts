import { expect, it } from "vitest";
import { commands, findCommand, suggestCommand } from "./index.ts";

it("has no duplicate names", () => {
  const names = commands.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(findCommand(name)).toBeDefined();
  expect(findCommand("constructor")).toBeUndefined();
});

it.each([
  ["stpo", "stop"],
  ["plya", "play"],
  ["shufle", "shuffle"],
  ["nowplayin", "nowplaying"],
  ["volum", "volume"],
  ["sing", undefined],
  ["hi", undefined],
  ["dance", undefined],
  ["x".repeat(1_000_000), undefined],
])("suggests for %.20s: %s", (word, name) => {
  expect(suggestCommand(word)?.name).toBe(name);
});
