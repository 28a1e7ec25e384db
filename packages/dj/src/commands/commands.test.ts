import { expect, it } from "vitest";
import { commands, findCommand, guessCommand } from "./index.ts";

it("has no name twice", () => {
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
])("takes %.20s for %s", (word, name) => {
  expect(guessCommand(word)?.name).toBe(name);
});
