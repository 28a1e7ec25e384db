import { BlockList } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPublicAddress, parseIp } from "./ip-address.ts";

const ipv4 = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 });
const ipv6 = fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 });
const dots = (bytes: readonly number[]): string => bytes.join(".");
const colons = (groups: readonly number[]): string => groups.map((group) => group.toString(16)).join(":");
const groupsOf = ([a = 0, b = 0, c = 0, d = 0]: readonly number[]): number[] => [(a << 8) | b, (c << 8) | d];

describe("isPublicAddress and parseIp", () => {
  it.each([
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.251",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "::ffff:0:127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "5f00::1",
  ])("%s is not public", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each([
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "128.0.0.1",
    "168.63.129.17",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "192.169.0.0",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450:4001::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
  ])("%s is public", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    "",
    "localhost",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "0x7f.0.0.1",
    "2130706433",
    "1:2:3",
    "[::1]",
    "::1::",
  ])("%j is not an address", (text) => {
    expect(parseIp(text)).toBeNull();
    expect(isPublicAddress(text)).toBe(false);
  });

  it("parses addresses like the operating system", () => {
    fc.assert(
      fc.property(ipv4, ipv6, (bytes, groups) => {
        expect([...(parseIp(dots(bytes)) ?? [])]).toEqual(bytes);
        const read = parseIp(colons(groups));
        expect([...(read ?? [])]).toEqual(groups.flatMap((group) => [group >> 8, group & 0xff]));
        // The short form of the same address, as URLs write it.
        expect(parseIp(new URL(`http://[${colons(groups)}]/`).hostname.slice(1, -1))).toEqual(read);
      }),
    );
  });

  it("classifies embedded IPv4 addresses like the IPv4 address, in every notation", () => {
    fc.assert(
      fc.property(ipv4, (bytes) => {
        const expected = isPublicAddress(dots(bytes));
        const hex = colons(groupsOf(bytes));
        for (const form of [`::ffff:${dots(bytes)}`, `::ffff:${hex}`, `0:0:0:0:0:FFFF:${hex}`]) {
          expect(isPublicAddress(form)).toBe(expected);
        }
        for (const form of [`64:ff9b::${dots(bytes)}`, `64:ff9b::${hex}`]) {
          expect(isPublicAddress(form)).toBe(expected);
        }
        expect(isPublicAddress(`2002:${hex}::1`)).toBe(false);
        expect(isPublicAddress(`::${hex}`)).toBe(false);
      }),
    );
  });

  it("agrees with net.BlockList that addresses in private ranges are not public", () => {
    const list = new BlockList();
    for (const [net, bits] of [
      ["10.0.0.0", 8],
      ["172.16.0.0", 12],
      ["192.168.0.0", 16],
      ["127.0.0.0", 8],
      ["100.64.0.0", 10],
      ["169.254.0.0", 16],
      ["224.0.0.0", 3],
    ] as const)
      list.addSubnet(net, bits, "ipv4");
    for (const [net, bits] of [
      ["fc00::", 7],
      ["fe80::", 10],
      ["ff00::", 8],
      ["2002::", 16],
    ] as const)
      list.addSubnet(net, bits, "ipv6");
    fc.assert(
      fc.property(ipv4, ipv6, (bytes, groups) => {
        if (list.check(dots(bytes), "ipv4")) expect(isPublicAddress(dots(bytes))).toBe(false);
        if (list.check(colons(groups), "ipv6")) expect(isPublicAddress(colons(groups))).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
});
