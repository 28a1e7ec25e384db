// Without the module of Node, because the package also runs in browsers.
const isAddress6 = /^[\da-f.]*:[\da-f:.]*$/;
const networkGroups = 4;

/**
 * Returns the network that limits count as one client: an IPv4 address, or the /64 network of an IPv6
 * address, within which a host can change its address at will. IPv4-mapped IPv6 addresses count as IPv4.
 */
export function clientNetworkOf(address: string): string {
  const [bare = ""] = address.toLowerCase().split("%");
  if (!isAddress6.test(bare)) return bare;
  const groups = expandAddress(bare).map((group) => Number.parseInt(group, 16));
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = groups.slice(0, 6).every((group, index) => group === (index < 5 ? 0 : 0xffff));
  if (isMapped) return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
  const network = groups.slice(0, networkGroups).map((group) => group.toString(16));
  return `${network.join(":")}::/64`;
}

const hexOf = (high = "", low = ""): string => (256 * Number(high) + Number(low)).toString(16);

/** Returns the groups of an address, with `::` replaced by zeros and a dotted end by two groups. */
function expandAddress(address: string): string[] {
  const undotted = address.replace(
    /(\d+)\.(\d+)\.(\d+)\.(\d+)$/,
    (_whole, ...parts: string[]) => `${hexOf(parts[0], parts[1])}:${hexOf(parts[2], parts[3])}`,
  );
  const [head = "", tail] = undotted.split("::");
  const before = head === "" ? [] : head.split(":");
  if (tail === undefined) return before;
  const after = tail === "" ? [] : tail.split(":");
  const missing = 8 - before.length - after.length;
  return [...before, ...Array.from({ length: missing }, () => "0"), ...after];
}
