import { expect, it } from "vitest";
import { completeCommand, countChoices, parseCommands } from "./bot-commands.ts";

const state = {
  v: 1,
  prefix: "!",
  commands: [
    { name: "play", arguments: "[query…]", description: "plays a track" },
    { name: "playlist save", arguments: "<name…>", description: "saves the queue" },
    { name: "stop", arguments: "", description: "" },
  ],
};

it("accepts valid commands only", () => {
  expect(parseCommands(state, 7)).toEqual({ ...state, bot: 7 });
  for (const wrong of [
    null,
    {},
    { ...state, v: 2 },
    { ...state, prefix: "" },
    { ...state, commands: [{ name: "" }] },
  ]) {
    expect(parseCommands(wrong, 7)).toBeUndefined();
  }
});

it.each([
  ["!", ["play", "playlist save", "stop"]],
  ["!PL", ["play", "playlist save"]],
  ["!playlist ", ["playlist save"]],
  ["!play x", []],
  ["play", []],
  ["hello !play", []],
  ["!\n", []],
])("completes %j with %j", (typed, names) => {
  const commands = parseCommands(state, 7);
  expect(commands && completeCommand(typed, commands, 8).map(({ name }) => name)).toEqual(names);
  expect(commands && completeCommand(typed, commands, 1)).toHaveLength(Math.min(1, names.length));
});

it.each([
  ["Found:\n1. a\n2. b\nSend a number.", 2],
  ["1. a", 1],
  ["2. a\n3. b", 0],
  ["Playing 1. FC Köln", 0],
  ["", 0],
  [Array.from({ length: 26 }, (_, index) => `${index + 1}. x`).join("\n"), 0],
])("counts the choices of %j", (answer, count) => expect(countChoices(answer)).toBe(count));
