import { isIPv6 } from "node:net";

const networkGroups = 4;

/**
 * Returns the network that limits count as one client: an IPv4 address, or the /64 network of an IPv6
 * address, within which a host can change its address at will. IPv4-mapped IPv6 addresses count as IPv4.
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

/** Returns the groups of an address, with `::` replaced by zeros. */
function expandAddress(address: string): string[] {
  const [head = "", tail] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  if (tail === undefined) return before;
  const after = tail === "" ? [] : tail.split(":");
  // A dotted IPv4 suffix fills two groups.
  const dotted = tail.includes(".") ? 1 : 0;
  const missing = 8 - before.length - after.length - dotted;
  return [...before, ...Array.from({ length: missing }, () => "0"), ...after];
}
