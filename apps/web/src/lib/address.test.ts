import { expect, it } from "vitest";
import { httpAddress, keyOf, pageAddress, parseAddress } from "./address.ts";

const plain = { protocol: "http:" };
const secure = { protocol: "https:" };

it.each([
  ["example.org", plain, { host: "example.org", port: 2345, tls: true }],
  [" Example.ORG:80 ", secure, { host: "example.org", port: 80, tls: true }],
  ["localhost", plain, { host: "localhost", port: 2345, tls: false }],
  ["localhost", secure, { host: "localhost", port: 2345, tls: true }],
  ["[::1]:99", plain, { host: "::1", port: 99, tls: false }],
  ["wss://chat.example.org/", plain, { host: "chat.example.org", port: 443, tls: true }],
  ["ws://10.0.0.1:8080", plain, { host: "10.0.0.1", port: 8080, tls: false }],
])("parses %j", (text, page, address) => {
  expect(parseAddress(text, page)).toEqual(address);
});

it.each([
  "",
  "  ",
  "javascript:alert(1)",
  "ftp://example.org",
  "a b",
  "user@example.org",
  "example.org/path",
])("rejects %j", (text) => {
  expect(parseAddress(text, plain)).toBeUndefined();
});

it("derives the address from the page's URL", () => {
  const address = pageAddress({ protocol: "https:", hostname: "[::1]", port: "", pathname: "/" });
  expect(address).toEqual({ host: "::1", port: 443, tls: true });
  expect(keyOf(address)).toBe("[::1]:443");
  expect(httpAddress(address)).toBe("https://[::1]");
  expect(httpAddress({ host: "localhost", port: 2345, tls: false })).toBe("http://localhost:2345");
});

it("keeps the path of a page below one", () => {
  const page = { protocol: "https:", hostname: "a.example", port: "", pathname: "/chat/index.html" };
  expect(httpAddress(pageAddress(page))).toBe("https://a.example/chat");
});
