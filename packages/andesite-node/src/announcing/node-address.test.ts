import { isIPv4 } from "node:net";
import { describe, expect, it } from "vitest";
import { isHttpUrl, parseNodeAddress, reachableHost } from "./node-address.ts";

describe("node addresses", () => {
  it.each([
    ["node1:5000", { host: "node1", port: 5_000, tls: false, path: "/" }],
    ["10.0.0.5:80", { host: "10.0.0.5", port: 80, tls: false, path: "/" }],
    ["[fd00::1]:5000", { host: "fd00::1", port: 5_000, tls: false, path: "/" }],
    ["http://node1", { host: "node1", port: 80, tls: false, path: "/" }],
    ["https://audio.example/node/1", { host: "audio.example", port: 443, tls: true, path: "/node/1/" }],
    ["HTTPS://audio.example:8443/", { host: "audio.example", port: 8_443, tls: true, path: "/" }],
  ])("parses %s", (text, address) => {
    expect(parseNodeAddress(text)).toEqual(address);
  });

  it.each([
    "",
    "node1",
    "node1:",
    "node1:70000",
    "node1:5000/path",
    "ws://node1:5000",
    "http://ann@node1",
    "http://node1/?a",
    "http://node1/#a",
    "http://node1/a%20b",
    "http://no de:1",
  ])("rejects %j", (text) => {
    expect(parseNodeAddress(text)).toBeUndefined();
  });

  it("accepts http and https URLs without credentials for listeners", () => {
    expect(["http://a", "https://a:1/b?c"].every(isHttpUrl)).toBe(true);
    const others = ["a", "ftp://a", "http://ann:secret@a", "http://a b", `http://a/${"x".repeat(200)}`];
    expect(others.some(isHttpUrl)).toBe(false);
  });

  it("advertises an external address instead of a wildcard address", () => {
    expect(reachableHost("192.0.2.1")).toBe("192.0.2.1");
    expect(isIPv4(reachableHost("0.0.0.0"))).toBe(true);
    expect(reachableHost("::")).not.toBe("::");
  });
});
