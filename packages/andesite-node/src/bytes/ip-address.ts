import { isIPv4, isIPv6 } from "node:net";

/**
 * The bytes of an IP address, 4 or 16 of them; null for what is none. A zone (`%eth0`) is left out.
 */
export function parseIp(text: string): Uint8Array | null {
  if (isIPv4(text)) return Uint8Array.from(text.split("."), Number);
  const [address = ""] = text.split("%", 1);
  if (!isIPv6(address)) return null;
  const [front = "", back] = withoutDots(address).split("::", 2);
  const head = groupsOf(front);
  const tail = groupsOf(back ?? "");
  const groups = [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

const groupsOf = (text: string): number[] =>
  text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));

/** Writes the last 32 bits in groups where they stand with dots. */
function withoutDots(address: string): string {
  const dotted = address.slice(address.lastIndexOf(":") + 1);
  if (!isIPv4(dotted)) return address;
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split(".").map(Number);
  const groups = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  return address.slice(0, -dotted.length) + groups;
}

interface Range {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

function range(text: string): Range {
  const [address = "", bits] = text.split("/");
  const bytes = parseIp(address);
  if (bytes === null) throw new TypeError(`${text} is no range of addresses`);
  return { bytes, bits: Number(bits) };
}

const isIn = (address: Uint8Array, { bytes, bits }: Range): boolean =>
  address.length === bytes.length &&
  bytes.every((byte, index) => {
    const counting = Math.min(8, Math.max(0, bits - index * 8));
    const mask = (0xff << (8 - counting)) & 0xff;
    return (byte & mask) === ((address[index] ?? 0) & mask);
  });

/** What the registry of special IPv4 addresses (RFC 6890 and its successors) keeps from the public internet. */
const privateIpv4 = [
  "0.0.0.0/8", // this host
  "10.0.0.0/8",
  "100.64.0.0/10", // shared by the customers of a provider
  "127.0.0.0/8",
  "168.63.129.16/32", // Azure's platform, reachable from its machines only
  "169.254.0.0/16", // link-local; metadata of cloud machines
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
].map(range);

/** All public IPv6 addresses are in here. */
const globalIpv6 = range("2000::/3");

/** Inside {@link globalIpv6} and yet not, or not certainly, the public internet. */
const privateIpv6 = [
  "2001::/23", // protocol assignments: Teredo, benchmarks, ORCHID
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4: an IPv4 address of any kind
  "3fff::/20", // documentation
].map(range);

/** Ranges whose last 32 bits are an IPv4 address that the packets end up at. */
const carryingIpv4 = ["::ffff:0:0/96", "64:ff9b::/96"].map(range);

/**
 * Whether an address is one of the public internet: not of this machine, a private or provider's network, a
 * group, or a special purpose. IPv4 addresses inside IPv6 ones (mapped, NAT64) count as what they are. What is
 * no address is not public.
 */
export function isPublicAddress(address: string): boolean {
  const bytes = parseIp(address);
  return bytes !== null && isPublic(bytes);
}

function isPublic(bytes: Uint8Array): boolean {
  const isInSome = (ranges: readonly Range[]): boolean => ranges.some((entry) => isIn(bytes, entry));
  if (bytes.length === 4) return !isInSome(privateIpv4);
  if (isInSome(carryingIpv4)) return isPublic(bytes.subarray(12));
  return isIn(bytes, globalIpv6) && !isInSome(privateIpv6);
}
