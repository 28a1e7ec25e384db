import { isIPv4, isIPv6 } from "node:net";

/**
 * Parses an IP address into its 4 or 16 bytes; null if the text is not an address. A zone (`%eth0`) is
 * ignored.
 */
export function parseIp(text: string): Uint8Array | null {
  if (isIPv4(text)) return Uint8Array.from(text.split("."), Number);
  const [address = ""] = text.split("%", 1);
  if (!isIPv6(address)) return null;
  const [front = "", back] = expandDottedQuad(address).split("::", 2);
  const head = groupsOf(front);
  const tail = groupsOf(back ?? "");
  const groups = [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

const groupsOf = (text: string): number[] =>
  text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));

/** Converts a dotted-quad suffix to two hexadecimal groups. */
function expandDottedQuad(address: string): string {
  const dotted = address.slice(address.lastIndexOf(":") + 1);
  if (!isIPv4(dotted)) return address;
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split(".").map(Number);
  const groups = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  return address.slice(0, -dotted.length) + groups;
}

interface AddressRange {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

function parseRange(text: string): AddressRange {
  const [address = "", bits] = text.split("/");
  const bytes = parseIp(address);
  if (bytes === null) throw new TypeError(`${text} is not an address range`);
  return { bytes, bits: Number(bits) };
}

const isIn = (address: Uint8Array, { bytes, bits }: AddressRange): boolean =>
  address.length === bytes.length &&
  bytes.every((byte, index) => {
    const prefixBits = Math.min(8, Math.max(0, bits - index * 8));
    const mask = (0xff << (8 - prefixBits)) & 0xff;
    return (byte & mask) === ((address[index] ?? 0) & mask);
  });

/**
 * Special-purpose IPv4 addresses (RFC 6890 and its successors), which are not part of the public internet.
 */
const privateIpv4 = [
  "0.0.0.0/8", // this host
  "10.0.0.0/8",
  "100.64.0.0/10", // carrier-grade NAT
  "127.0.0.0/8",
  "168.63.129.16/32", // Azure platform service, reachable only from its virtual machines
  "169.254.0.0/16", // link-local; cloud metadata services
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24", // documentation
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16",
  "198.18.0.0/15", // benchmarks
  "198.51.100.0/24", // documentation
  "203.0.113.0/24", // documentation
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, broadcast
].map(parseRange);

/** Global unicast: contains all public IPv6 addresses. */
const globalIpv6 = parseRange("2000::/3");

/** Ranges inside {@link globalIpv6} that are not, or not reliably, part of the public internet. */
const privateIpv6 = [
  "2001::/23", // protocol assignments: Teredo, benchmarks, ORCHID
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4: embeds any IPv4 address
  "3fff::/20", // documentation
].map(parseRange);

/** Ranges whose last 32 bits are the IPv4 address that packets are delivered to. */
const ipv4EmbeddingRanges = ["::ffff:0:0/96", "64:ff9b::/96"].map(parseRange);

/**
 * Returns whether an address is part of the public internet: not of this machine, a private or provider's
 * network, multicast, or a special purpose. IPv4 addresses embedded in IPv6 ones (mapped, NAT64) count as the
 * IPv4 address. Text that is not an address is not public.
 */
export function isPublicAddress(address: string): boolean {
  const bytes = parseIp(address);
  return bytes !== null && isPublic(bytes);
}

function isPublic(bytes: Uint8Array): boolean {
  const isInAny = (ranges: readonly AddressRange[]): boolean => ranges.some((entry) => isIn(bytes, entry));
  if (bytes.length === 4) return !isInAny(privateIpv4);
  if (isInAny(ipv4EmbeddingRanges)) return isPublic(bytes.subarray(12));
  return isIn(bytes, globalIpv6) && !isInAny(privateIpv6);
}
