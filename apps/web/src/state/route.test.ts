import { expect, it } from "vitest";
import { hashOf, placeFrom } from "./route.ts";

it("a place survives as the page's address", () => {
  for (const place of [{}, { server: "[::1]:2345" }, { server: "a.example:1", channel: 5 }]) {
    expect(placeFrom(hashOf(place))).toEqual(place);
  }
});

it.each(["", "#", "#/%E0%A4%A/1", "#javascript:alert(1)", "#/a/b", "#/a/1/2"])("%j is no place", (hash) => {
  expect(placeFrom(hash)).toEqual({});
});
