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
 * What a list of addresses, separated by commas, means: `nats://[user:password@|token@]host[:port]`, or `tls://` for
 * an encrypted connection. The credentials of the first one count for all.
 *
 * @throws NatsAddressError that does not repeat what was given, since it may hold a password.
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

/** The addresses as they may be shown. */
export const redactNatsAddresses = (addresses: string): string =>
  addresses
    .split(",")
    .map((address) => parseAddress(address.trim())?.host ?? "…")
    .join(", ");
