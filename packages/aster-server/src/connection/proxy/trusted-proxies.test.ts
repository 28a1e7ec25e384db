import { describe, expect, it } from "vitest";
import { parseNetwork, TrustedProxies } from "./trusted-proxies.ts";

describe("trusted proxies", () => {
  it.each([
    ["10.0.0.0/8", { address: "10.0.0.0", prefix: 8 }],
    ["192.0.2.1", { address: "192.0.2.1", prefix: 32 }],
    ["fd00::/8", { address: "fd00::", prefix: 8 }],
    ["::1", { address: "::1", prefix: 128 }],
  ])("parses %s", (text, network) => {
    expect(parseNetwork(text)).toEqual(network);
  });

  it.each([
    "",
    "proxy",
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "10.0.0/8",
    "fe80::1%eth0",
    "::1/129",
    "1.1.1.1/-1",
  ])("refuses %j", (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });

  it("matches addresses of either form", () => {
    const proxies = new TrustedProxies({ networks: ["10.0.0.0/8", "fd00::/8"] });
    const trusted = ["10.1.2.3", "::ffff:10.1.2.3", "fd12::1"];
    const others = ["fe80::2%eth0", "11.0.0.1", "::ffff:11.0.0.1", "fe80::1", "", "nonsense"];
    expect([...trusted, ...others].map((address) => proxies.includes(address))).toEqual([
      ...trusted.map(() => true),
      ...others.map(() => false),
    ]);
    expect(new TrustedProxies().includes("127.0.0.1")).toBe(false);
  });
});

const networks = ["10.0.0.0/8"];

describe("X-Forwarded-For", () => {
  const proxies = new TrustedProxies({ networks });
  const client = (value: string | undefined, peer = "10.0.0.1") =>
    proxies.clientOf(peer, {
      ...(value !== undefined && { "x-forwarded-for": value }),
      forwarded: "for=9.9.9.9",
    });

  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["6.6.6.6, 192.0.2.1", "192.0.2.1"],
    ["192.0.2.1, 10.0.0.2,10.0.0.3", "192.0.2.1"],
    ["192.0.2.1:5555", "192.0.2.1"],
    ["[2001:db8::1]:443", "2001:db8::1"],
    ["2001:db8::1", "2001:db8::1"],
    ["10.0.0.2", "10.0.0.2"],
    ["6.6.6.6, unknown", "10.0.0.1"],
    ["6.6.6.6, unknown, 10.0.0.7", "10.0.0.7"],
    ["6.6.6.6,", "10.0.0.1"],
    ["", "10.0.0.1"],
    [undefined, "10.0.0.1"],
  ])("%j from a proxy is %s", (value, address) => {
    expect(client(value)).toBe(address);
  });

  it("is ignored from others", () => {
    expect(client("10.0.0.9", "192.0.2.7")).toBe("192.0.2.7");
  });
});

describe("Forwarded", () => {
  const proxies = new TrustedProxies({ networks, header: "forwarded" });
  const client = (value: string) =>
    proxies.clientOf("10.0.0.1", { forwarded: value, "x-forwarded-for": "9.9.9.9" });

  it.each([
    ["for=192.0.2.1", "192.0.2.1"],
    ['proto=https;For="[2001:db8::1]:4711";by=10.0.0.1', "2001:db8::1"],
    ['for="6.6.6.6, for=7.7.7.7", for=192.0.2.1', "192.0.2.1"],
    ["for=192.0.2.1, for=10.0.0.2;proto=http", "192.0.2.1"],
    ["for=6.6.6.6, for=_hidden", "10.0.0.1"],
    ["for=6.6.6.6, proto=http", "10.0.0.1"],
    ['for=6.6.6.6, for="', "10.0.0.1"],
    ['for="6.6.6.6, for=192.0.2.1', "10.0.0.1"],
    ["xfor=6.6.6.6", "10.0.0.1"],
    ["", "10.0.0.1"],
  ])("%j from a proxy is %s", (value, address) => {
    expect(client(value)).toBe(address);
  });
});

it("reads no HTTP header behind the PROXY protocol", () => {
  const proxies = new TrustedProxies({ networks, header: "proxy-protocol" });
  expect(proxies.clientOf("10.0.0.1", { "x-forwarded-for": "9.9.9.9", forwarded: "for=9.9.9.9" })).toBe(
    "10.0.0.1",
  );
});
