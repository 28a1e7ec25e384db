import { expect, it } from "vitest";
import { KnownGuilds } from "./known-guilds.ts";

it("counts only guilds for which the application sent nothing, and frees the place of one that it addresses", () => {
  const guilds = new KnownGuilds(2);
  expect(["1", "2", "1", "3"].map((guildId) => guilds.admit(guildId))).toEqual([true, true, true, false]);
  guilds.markAddressed("1");
  expect(["3", "4", "1"].map((guildId) => guilds.admit(guildId))).toEqual([true, false, true]);
  for (let guild = 10; guild < 100; guild++) {
    guilds.markAddressed(String(guild));
    expect(guilds.admit(String(guild))).toBe(true);
  }
  expect(guilds.admit("4")).toBe(false);
});
