import { expect, it } from "vitest";
import { guildIdOf } from "./guild-id.ts";

it.each([
  [0, "0"],
  [1, "1"],
  [Number.MAX_SAFE_INTEGER, "9007199254740991"],
  [-1, "18446744073709551615"],
])("maps channel %d to guild %s", (uuid, guild) => {
  expect(guildIdOf(uuid)).toBe(guild);
});
