import { expect, it } from "vitest";
import { changesOf } from "./audit-changes.ts";

const texts = {
  name: (field: string) => field.toUpperCase(),
  value: (field: string, value: unknown) => `${field}=${JSON.stringify(value)}`,
};

it("lists values of nested objects on their own, with texts for fields and values", () => {
  const before = { name: "a", groups: [1], overrides: { "user:5": { ban_users: "deny" } } };
  const after = { groups: [], overrides: { "user:5": { ban_users: "allow" } }, bot: true };
  expect(changesOf({ before, after }, texts)).toEqual([
    { name: "NAME", before: 'name="a"', after: undefined },
    { name: "GROUPS", before: "groups=[1]", after: "groups=[]" },
    { name: "OVERRIDES › USER:5 › BAN_USERS", before: 'ban_users="deny"', after: 'ban_users="allow"' },
    { name: "BOT", before: undefined, after: "bot=true" },
  ]);
  expect(changesOf({ before: undefined, after: undefined }, texts)).toEqual([]);
});
