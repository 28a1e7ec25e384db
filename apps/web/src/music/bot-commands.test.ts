import { expect, it } from "vitest";
import { completeCommand, parseCommands } from "./bot-commands.ts";

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
