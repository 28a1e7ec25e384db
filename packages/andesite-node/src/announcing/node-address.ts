import { networkInterfaces } from "node:os";

/** Address at which clients reach a node. */
export interface NodeAddress {
  /** Host name or IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Prefix of all routes; begins and ends with `/`. */
  readonly path: string;
}

const pathPattern = /^\/(?:[\w.~-]{1,100}\/){0,8}$/;
const hostPattern = /^[\w.:-]{1,253}$/;

/** Parses `host:port` or an `http` or `https` URL. Returns undefined if the text is neither. */
export function parseNodeAddress(text: string): NodeAddress | undefined {
  const url = URL.parse(/^https?:\/\//i.test(text) ? text : `http://${text}`);
  if (!url || url.username || url.password || url.search || url.hash) return undefined;
  const address = {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(url.port) || (url.protocol === "https:" ? 443 : 80),
    tls: url.protocol === "https:",
    path: url.pathname.endsWith("/") ? url.pathname : `${url.pathname}/`,
  };
  // The port is required, except in a URL.
  const isComplete = /^https?:\/\//i.test(text) || /:\d+$/.test(text);
  return isComplete && hostPattern.test(address.host) && pathPattern.test(address.path) ? address : undefined;
}

/** Returns whether a text is an `http` or `https` URL without credentials. */
export function isHttpUrl(text: string): boolean {
  const { protocol, username, password } = URL.parse(text) ?? {};
  const isHttp = protocol === "http:" || protocol === "https:";
  return isHttp && !username && !password && text.length <= 200 && !/\s/.test(text);
}

const wildcardAddresses = new Set(["0.0.0.0", "::"]);

/**
 * Returns the host to advertise: the address itself, or the machine's first external IPv4 address for a
 * wildcard address.
 */
export function reachableHost(listening: string): string {
  if (!wildcardAddresses.has(listening)) return listening;
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const own = addresses.find(({ family, internal }) => family === "IPv4" && !internal);
  return own?.address ?? "127.0.0.1";
}
