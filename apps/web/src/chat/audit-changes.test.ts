import { expect, it } from "vitest";
import { changesOf } from "./audit-changes.ts";

it("lists values of nested objects on their own", () => {
  const before = { name: "a", groups: [1], overrides: { "user:5": { ban_users: "deny" } } };
  const after = { groups: [], overrides: { "user:5": { ban_users: "allow" } }, bot: true };
  expect(changesOf({ before, after })).toEqual([
    { name: "name", before: "a", after: undefined },
    { name: "groups", before: "[1]", after: "[]" },
    { name: "overrides › user:5 › ban_users", before: "deny", after: "allow" },
    { name: "bot", before: undefined, after: "true" },
  ]);
  expect(changesOf({ before: undefined, after: undefined })).toEqual([]);
});
