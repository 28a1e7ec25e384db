import { isIPv6 } from "node:net";

const networkGroups = 4;

/**
 * What one subscriber is taken to hold: an IPv4 address, or the /64 network of an IPv6 address, in which
 * anybody can take a fresh address for every try. IPv4 addresses written as IPv6 count as IPv4.
 */
export function clientNetworkOf(address: string): string {
  const [bare = ""] = address.toLowerCase().split("%");
  if (!isIPv6(bare)) return bare;
  const mapped = /^(?:0{0,4}:)*:?ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  const groups = expandAddress(bare);
  return `${groups
    .slice(0, networkGroups)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}

/** The groups of an address whose `::` stands for as many zeros as are missing. */
function expandAddress(address: string): string[] {
  const [head = "", tail] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  if (tail === undefined) return before;
  const after = tail === "" ? [] : tail.split(":");
  // A dotted end fills two groups.
  const dotted = tail.includes(".") ? 1 : 0;
  const missing = 8 - before.length - after.length - dotted;
  return [...before, ...Array.from({ length: missing }, () => "0"), ...after];
}
