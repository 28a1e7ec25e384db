import { BlockList, isIPv6 } from "node:net";
import type { RegistrationMode } from "../settings.ts";

const localNetworks = new BlockList();
for (const [address, prefix] of [
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
] as const) {
  localNetworks.addSubnet(address, prefix, "ipv4");
}
// The /64 network of ::1. Not as a network, which would contain all IPv4 addresses in their IPv6 form.
localNetworks.addAddress("::", "ipv6");
for (const [address, prefix] of [
  ["fc00::", 7],
  ["fe80::", 10],
] as const) {
  localNetworks.addSubnet(address, prefix, "ipv6");
}

/** Returns whether a client network is the own machine or a private network (RFC 1918, 3927, 4193 and 4291). */
export function isLocalNetwork(network: string): boolean {
  const [address = ""] = network.split("/");
  return localNetworks.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** Returns who may register in a session: `local` is open for the local network, and by invite for others. */
export function registrationModeFor(
  mode: RegistrationMode,
  { network, isForeignPage }: { readonly network: string; readonly isForeignPage: boolean },
): Exclude<RegistrationMode, "local"> {
  if (mode !== "local") return mode;
  return isLocalNetwork(network) && !isForeignPage ? "open" : "invite";
}
