import { networkInterfaces } from "node:os";

/** Where a node can be reached. */
export interface NodeAddress {
  /** Host name or address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** What stands before all routes; begins and ends with `/`. */
  readonly path: string;
}

const pathPattern = /^\/(?:[\w.~-]{1,100}\/){0,8}$/;
const hostPattern = /^[\w.:-]{1,253}$/;

/** Reads `host:port`, or an `http` or `https` address; null for anything else. */
export function parseNodeAddress(text: string): NodeAddress | null {
  const url = URL.parse(/^https?:\/\//i.test(text) ? text : `http://${text}`);
  if (!url || url.username || url.password || url.search || url.hash) return null;
  const place = {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(url.port) || (url.protocol === "https:" ? 443 : 80),
    tls: url.protocol === "https:",
    path: url.pathname.endsWith("/") ? url.pathname : `${url.pathname}/`,
  };
  // Nobody means port 80 by leaving it out of host:port.
  const isComplete = /^https?:\/\//i.test(text) || /:\d+$/.test(text);
  return isComplete && hostPattern.test(place.host) && pathPattern.test(place.path) ? place : null;
}

/** Whether a text is an address for browsers, without credentials. */
export function isHttpUrl(text: string): boolean {
  const { protocol, username, password } = URL.parse(text) ?? {};
  const isHttp = protocol === "http:" || protocol === "https:";
  return isHttp && !username && !password && text.length <= 200 && !/\s/.test(text);
}

const wildcardAddresses = new Set(["0.0.0.0", "::"]);

/** Where others probably reach what listens on an address: there, or at the machine's first address for "everywhere". */
export function reachableHost(listening: string): string {
  if (!wildcardAddresses.has(listening)) return listening;
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const own = addresses.find(({ family, internal }) => family === "IPv4" && !internal);
  return own?.address ?? "127.0.0.1";
}
