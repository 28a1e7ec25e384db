import { expect, it } from "vitest";
import { formatRoute, parseInvite, parseRoute, parseSetup } from "./route.ts";

it("round-trips routes through the URL hash", () => {
  for (const route of [{}, { server: "[::1]:2345" }, { server: "a.example:1", channel: 5 }]) {
    expect(parseRoute(formatRoute(route))).toEqual(route);
  }
});

it("reads the code of an invite link, and no other", () => {
  expect(parseInvite("#invite=Ab-_9")).toBe("Ab-_9");
  for (const hash of ["", "#invite=", "#invite=a b", "#/invite=a", "#invite=a/1"]) {
    expect(parseInvite(hash)).toBeUndefined();
  }
});

it("reads the code of a set-up link, and no other", () => {
  expect(parseSetup("#setup=Ab-_9")).toBe("Ab-_9");
  for (const hash of ["", "#setup=", "#setup=a b", "#/setup=a", "#invite=a"]) {
    expect(parseSetup(hash)).toBeUndefined();
  }
});

it.each(["", "#", "#/%E0%A4%A/1", "#javascript:alert(1)", "#/a/b", "#/a/1/2"])("rejects %j", (hash) => {
  expect(parseRoute(hash)).toEqual({});
});
