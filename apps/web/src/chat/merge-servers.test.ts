import { expect, it } from "vitest";
import { mergeServers } from "./merge-servers.ts";
import { uniqueServers } from "./saved-server.ts";

const [a, b, c] = ["a", "b", "c"].map((host) => ({ host, port: 1 }));
if (!a || !b || !c) throw new Error("three servers");
const keys = (...endpoints: (typeof a)[]) => endpoints.map(({ host }) => host);

it("adopts the account's list in order and without duplicates in a new browser", () => {
  expect(mergeServers(keys(a), keys(c, a, b, c), new Set())).toEqual({
    order: keys(c, a, b),
    added: keys(c, b),
    removed: [],
    isChanged: true,
  });
});

it("adds local servers and drops those removed by another browser", () => {
  expect(mergeServers(keys(a, b, c), keys(a), new Set(keys(a, b)))).toEqual({
    order: keys(a, c),
    added: [],
    removed: keys(b),
    isChanged: true,
  });
  expect(mergeServers(keys(a), keys(a), new Set(keys(a)))).toMatchObject({ isChanged: false });
});

it("keeps a local removal that has not reached the account's list", () => {
  expect(mergeServers(keys(a), keys(a, b, c), new Set(keys(a, b, c)), new Set(keys(b)))).toEqual({
    order: keys(a, c),
    added: keys(c),
    removed: [],
    isChanged: true,
  });
  // Added again in the meantime.
  expect(mergeServers(keys(a, b), keys(a, b), new Set(keys(a)), new Set(keys(b)))).toMatchObject({
    order: keys(a, b),
    isChanged: false,
  });
});

it("removes duplicates", () => {
  expect(uniqueServers([a, b, a])).toEqual([a, b]);
});
