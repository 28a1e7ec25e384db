import { expect, it } from "vitest";
import { keyOf } from "../lib/address.ts";
import { mergeServers } from "./merge-servers.ts";
import { withoutDoubles } from "./saved-server.ts";

const [a, b, c] = ["a", "b", "c"].map((host) => ({ host, port: 1 }));
if (!a || !b || !c) throw new Error("three places");
const keys = (...places: (typeof a)[]) => places.map(keyOf);

it("a new browser takes the account's list in its order, each server once", () => {
  expect(mergeServers([a], [c, a, b, c], new Set())).toEqual({
    ...{ order: keys(c, a, b), added: keys(c, b), removed: [], isChanged: true },
  });
});

it("what was added here is new, and what was removed elsewhere goes", () => {
  expect(mergeServers([a, b, c], [a], new Set(keys(a, b)))).toEqual({
    ...{ order: keys(a, c), added: [], removed: keys(b), isChanged: true },
  });
  expect(mergeServers([a], [a], new Set(keys(a)))).toMatchObject({ isChanged: false });
});

it("what was taken off here stays off, also if the account's list has not heard of it", () => {
  expect(mergeServers([a], [a, b, c], new Set(keys(a, b, c)), new Set(keys(b)))).toEqual({
    ...{ order: keys(a, c), added: keys(c), removed: [], isChanged: true },
  });
  // Joined again meanwhile.
  expect(mergeServers([a, b], [a, b], new Set(keys(a)), new Set(keys(b)))).toMatchObject({
    ...{ order: keys(a, b), isChanged: false },
  });
});

it("a list has no doubles", () => {
  expect(withoutDoubles([a, b, a])).toEqual([a, b]);
});
