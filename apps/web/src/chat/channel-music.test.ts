import { expect, it } from "vitest";
import { ChannelMusic } from "./channel-music.ts";

const commandsOf = (...names: string[]) => ({
  v: 1,
  prefix: "!",
  commands: names.map((name) => ({ name, arguments: "", description: "" })),
});

it("keeps the commands of each bot, and finds the one that plays music", () => {
  const music = new ChannelMusic();
  const bots = (): number[] => music.commandsIn(1).map(({ bot }) => bot);
  music.handleState(1, "commands", commandsOf("roll"), 9);
  expect(music.musicCommandsIn(1)).toBeUndefined();
  music.handleState(1, "commands", commandsOf("play"), 8);
  music.handleState(1, "commands", commandsOf("play", "stop"), 7);
  expect(bots()).toEqual([7, 8, 9]);
  expect(music.musicCommandsIn(1)?.bot).toBe(7);
  const player = { track: null, positionMs: 0, at: 0, paused: false, volume: 100 };
  music.handleState(1, "music", { v: 1, player, queue: [], listen: null }, 8);
  expect(music.musicCommandsIn(1)?.bot).toBe(8);
  music.handleState(1, "commands", null, 8);
  expect([bots(), music.musicCommandsIn(1)?.bot]).toEqual([[7, 9], 7]);
  expect(music.commandsIn(2)).toEqual([]);
});
