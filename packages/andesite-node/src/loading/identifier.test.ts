import { describe, expect, it } from "vitest";
import { isLiteral, resolveIdentifier } from "./identifier.ts";

const unchanged = [
  "http://example.org/a.mp3",
  "https://example.org/a b.mp3",
  "HTTPS://EXAMPLE.ORG/",
  "http://user:secret@example.org:8000/stream",
  "http://[::1]:8000/stream",
  "http:relative",
  " https://example.org/with-spaces ",
  "url:http://example.org/",
  "ftp://example.org/a.mp3",
  "file:/music/a.mp3",
  "jar:file:/a.jar!/b.mp3",
  "mailto:user@example.org",
  "ytsearch:never gonna",
  "scsearch:never gonna",
  "search:never gonna",
  "ytsearch:",
];

const searched = [
  "never gonna give you up",
  "dQw4w9WgXcQ",
  "/music/a.mp3",
  "C:\\music\\a.mp3",
  "icy://example.org/",
  "ytmsearch:never gonna",
  "scsearch[0,20]:never gonna",
  "YTSEARCH:never gonna",
  "Search:never gonna",
  "Raw:x",
  "http//example.org",
  "http://example.org:port/",
  "jar:no-entry",
  "gopher://example.org/",
  "",
];

describe("resolveIdentifier", () => {
  it.each(unchanged)("leaves %j unchanged, with and without automatic search", (identifier) => {
    expect(resolveIdentifier(identifier, "ytsearch")).toBe(identifier);
    expect(resolveIdentifier(identifier, null)).toBe(identifier);
  });

  it.each(searched)("turns %j into a search unless automatic search is off", (identifier) => {
    expect(resolveIdentifier(identifier, "ytsearch")).toBe(`ytsearch:${identifier}`);
    expect(resolveIdentifier(identifier, "search")).toBe(`search:${identifier}`);
    expect(resolveIdentifier(identifier, null)).toBe(identifier);
  });

  it.each([
    ["raw:dQw4w9WgXcQ", "dQw4w9WgXcQ"],
    ["raw:/music/a.mp3", "/music/a.mp3"],
    ["raw:raw:x", "raw:x"],
    ["raw:ytmsearch:x", "ytmsearch:x"],
    ["raw:", ""],
  ])("removes the prefix of %j", (identifier, expected) => {
    expect(resolveIdentifier(identifier, "ytsearch")).toBe(expected);
    expect(resolveIdentifier(identifier, null)).toBe(expected);
  });
});

it.each([
  ["raw:search:x", true],
  ["raw:ytsearch:x", true],
  ["raw:scsearch:x", true],
  ["raw:ytmsearch:x", false],
  ["raw:scsearch[0,5]:x", false],
  ["raw:x search:", false],
  ["search:raw:x", false],
  ["ytsearch:x", false],
])("isLiteral(%j) is %j", (identifier, expected) => {
  expect(isLiteral(identifier)).toBe(expected);
});
