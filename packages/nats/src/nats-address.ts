import type { NodeConnectionOptions } from "@nats-io/transport-node";
import { NatsAddressError } from "./errors.ts";

const schemes = ["nats:", "tls:"];
/** Parameters of an address, which name files, and the TLS option that each becomes. */
const tlsFiles = { ca: "caFile", cert: "certFile", key: "keyFile" } as const;
const fileParameters = [...Object.keys(tlsFiles), "credentials"];

/** How to connect to NATS servers. */
export interface NatsAddresses {
  /** Servers, TLS files and credentials, as options of the NATS client. */
  readonly connection: Partial<NodeConnectionOptions>;
  /** File with the credentials, read at each connect. */
  readonly credentialsFile?: string;
}

const parseAddress = (address: string): URL | undefined => {
  try {
    return new URL(address.includes("://") ? address : `nats://${address}`);
  } catch {
    return undefined;
  }
};

/** Returns the parameters of an address; undefined if one is unknown, empty or repeated. */
function parametersOf(url: URL): Readonly<Record<string, string>> | undefined {
  const parameters = [...url.searchParams];
  const isValid = parameters.every(([name, file]) => fileParameters.includes(name) && file !== "");
  const byName = Object.fromEntries(parameters);
  return isValid && Object.keys(byName).length === parameters.length ? byName : undefined;
}

/** Returns the TLS options of an address; undefined without TLS, or if the files do not fit together. */
function tlsOf(url: URL, files: Readonly<Record<string, string>>): Record<string, string> | undefined {
  if (url.protocol !== "tls:" || "cert" in files !== "key" in files) return undefined;
  const known = Object.entries(tlsFiles).filter(([name]) => name in files);
  return Object.fromEntries(known.map(([name, option]) => [option, files[name] ?? ""]));
}

/**
 * Parses a comma-separated list of addresses into connection options. Each address is
 * `nats://[user:password@|token@]host[:port]`, or `tls://` for TLS; the scheme may be omitted. The first address may
 * name files: `?ca=` (PEM, authorities to trust instead of the system's), `cert=` and `key=` (PEM, client certificate)
 * and `credentials=`. Scheme, credentials and files of the first address apply to all.
 *
 * @throws NatsAddressError if an address is invalid.
 */
export function parseNatsAddresses(addresses: string): NatsAddresses {
  const urls = addresses.split(",").map((address) => parseAddress(address.trim()));
  const known = urls.filter((url): url is URL => url !== undefined && schemes.includes(url.protocol));
  const [first, ...others] = known;
  if (!first || known.length !== urls.length || known.some(({ hostname }) => hostname === "")) {
    throw new NatsAddressError();
  }
  const files = parametersOf(first);
  const tls = files && tlsOf(first, files);
  const [user, pass] = [first.username, first.password].map(decodeURIComponent);
  const hasTlsFiles = Object.keys(files ?? {}).some((name) => name !== "credentials");
  if (!files || (hasTlsFiles && !tls) || (files["credentials"] !== undefined && user !== "")) {
    throw new NatsAddressError();
  }
  if (others.some(({ search }) => search !== "")) throw new NatsAddressError();
  const connection = {
    servers: known.map(({ hostname, port }) => (port === "" ? hostname : `${hostname}:${port}`)),
    ...(tls && { tls }),
    ...(user !== "" && pass === "" && { token: user }),
    ...(user !== "" && pass !== "" && { user, pass }),
  };
  const { credentials } = files;
  return { connection, ...(credentials !== undefined && { credentialsFile: credentials }) };
}

/** Returns whether a list of addresses contains a password or token, which only files and variables keep secret. */
export const hasNatsCredentials = (addresses: string): boolean =>
  addresses.split(",").some((address) => (parseAddress(address.trim())?.username ?? "") !== "");

/** Returns hosts and ports of a list of addresses, without credentials and files, for logs and messages. */
export const redactNatsAddresses = (addresses: string): string =>
  addresses
    .split(",")
    .map((address) => parseAddress(address.trim())?.host ?? "…")
    .join(", ");
