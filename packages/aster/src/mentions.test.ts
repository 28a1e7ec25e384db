import { describe, expect, it } from "vitest";
import { formatMention, parseMentions } from "./mentions.ts";
import { User } from "./models/user.ts";

const userOf = (name: string, uuid: number) => new User({ uuid, name, pfp: "", groups: [], group_uuid: 0 });
const users = ["ann", "Ann Lee", "bob", "émile", "c++", "😀smile", ""].map(userOf);
const namesIn = (text: string) => parseMentions(text, users).map(({ username }) => username);

describe("parseMentions", () => {
  it.each([
    ["@ann hello", ["ann"]],
    ["hello @ANN!", ["ann"]],
    ["(@ann) and @bob", ["ann", "bob"]],
    ["@bob @ann", ["ann", "bob"]],
    ["@ann lee", ["ann", "Ann Lee"]],
    ["@Émile, @émile", ["émile"]],
    ["@c++ is a language", ["c++"]],
    ["@😀smile", ["😀smile"]],
    ["😀@ann", ["ann"]],
    ["@@ann", ["ann"]],
    ["@anna", []],
    ["@ann_", []],
    ["@ann2", []],
    ["@annб", []],
    ["@ann𐐀", []],
    ["𐐀@ann", []],
    ["@ann😀", ["ann"]],
    ["mail bob@ann", []],
    ["x_@ann", []],
    ["éa@bob", []],
    ["ann", []],
    ["@", []],
    ["@ ann", []],
    ["", []],
  ])("finds in %j: %j", (text, expected) => {
    expect(namesIn(text)).toEqual(expected);
  });

  it("finds what formatMention writes", () => {
    for (const user of users.filter(({ username }) => username !== "")) {
      expect(namesIn(`hi ${formatMention(user)}.`)).toContain(user.username);
    }
  });
});
