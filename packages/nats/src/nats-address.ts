import type { NodeConnectionOptions } from "@nats-io/transport-node";
import { NatsAddressError } from "./errors.ts";

const schemes = ["nats:", "tls:"];

const parseAddress = (address: string): URL | undefined => {
  try {
    return new URL(address.includes("://") ? address : `nats://${address}`);
  } catch {
    return undefined;
  }
};

/**
 * Parses a comma-separated list of addresses into connection options. Each address is
 * `nats://[user:password@|token@]host[:port]`, or `tls://` for TLS; the scheme may be omitted. Scheme and credentials of
 * the first address apply to all.
 *
 * @throws NatsAddressError if an address is invalid.
 */
export function parseNatsAddresses(addresses: string): Partial<NodeConnectionOptions> {
  const urls = addresses.split(",").map((address) => parseAddress(address.trim()));
  const known = urls.filter((url): url is URL => url !== undefined && schemes.includes(url.protocol));
  const [first] = known;
  if (!first || known.length !== urls.length || known.some(({ hostname }) => hostname === "")) {
    throw new NatsAddressError();
  }
  const [user, pass] = [first.username, first.password].map(decodeURIComponent);
  return {
    servers: known.map(({ hostname, port }) => (port === "" ? hostname : `${hostname}:${port}`)),
    ...(first.protocol === "tls:" && { tls: {} }),
    ...(user !== "" && pass === "" && { token: user }),
    ...(user !== "" && pass !== "" && { user, pass }),
  };
}

/** Returns hosts and ports of a list of addresses, without credentials, for logs and messages. */
export const redactNatsAddresses = (addresses: string): string =>
  addresses
    .split(",")
    .map((address) => parseAddress(address.trim())?.host ?? "…")
    .join(", ");
