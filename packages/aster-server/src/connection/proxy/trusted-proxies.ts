import type { IncomingHttpHeaders } from "node:http";
import { BlockList, isIP, isIPv4 } from "node:net";

/** How proxies report the address of a client; the other ways are not read, since clients could use them. */
export const proxyHeaders = ["x-forwarded-for", "forwarded", "proxy-protocol"] as const;
/** One of {@link proxyHeaders}. */
export type ProxyHeaderName = (typeof proxyHeaders)[number];

/** Reverse proxies in front of a server. */
export interface ProxyOptions {
  /** Addresses of the proxies: IPv4 and IPv6 addresses and networks, such as `10.0.0.0/8`. */
  readonly networks: readonly string[];
  /**
   * How they report the address of a client. With `proxy-protocol`, each connection of a proxy must begin with a
   * header of version 1 or 2; the others are HTTP headers, of page requests and WebSockets. Default
   * `x-forwarded-for`.
   */
  readonly header?: ProxyHeaderName;
}

/** Parses an address or a network; undefined if it is neither. */
export function parseNetwork(
  text: string,
): { readonly address: string; readonly prefix: number } | undefined {
  const [address = "", prefixText, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || address.includes("%")) return undefined;
  const maxPrefix = version === 4 ? 32 : 128;
  const prefix = prefixText === undefined ? maxPrefix : Number(prefixText);
  const isValid = /^\d{1,3}$/.test(prefixText ?? "0") && prefix <= maxPrefix;
  return isValid ? { address, prefix } : undefined;
}

const familyOf = (address: string): "ipv4" | "ipv6" => (isIPv4(address) ? "ipv4" : "ipv6");

/** Recognises trusted proxies, and reads the addresses that they report in HTTP headers. */
export class TrustedProxies {
  readonly header: ProxyHeaderName;
  readonly #networks = new BlockList();

  /** @param options - Valid networks; none are trusted without options. */
  constructor({ networks, header = "x-forwarded-for" }: ProxyOptions = { networks: [] }) {
    this.header = header;
    for (const text of networks) {
      const network = parseNetwork(text);
      if (network) this.#networks.addSubnet(network.address, network.prefix, familyOf(network.address));
    }
  }

  /** Returns whether an address is one of a trusted proxy. */
  includes(address: string): boolean {
    return isIP(address) !== 0 && this.#networks.check(address, familyOf(address));
  }

  /**
   * Returns the client of an HTTP request: the address nearest to this server that is not one of a trusted
   * proxy. Addresses beyond it, and beyond one that cannot be parsed, were not written by a trusted proxy.
   *
   * @param peer - Address of the connection.
   */
  clientOf(peer: string, headers: IncomingHttpHeaders): string {
    if (this.header === "proxy-protocol") return peer;
    const value = headers[this.header];
    const text = Array.isArray(value) ? value.join(",") : (value ?? "");
    const reported =
      this.header === "forwarded" ? parseForwarded(text) : text.split(",").map((one) => one.trim());
    let client = peer;
    while (this.includes(client)) {
      const next = withoutPort(reported.pop() ?? "");
      if (next === undefined) break;
      client = next;
    }
    return client;
  }
}

/** Returns an address without its port; undefined if the text is no address. */
function withoutPort(text: string): string | undefined {
  const [, bracketed, ipv4] = /^(?:\[([\da-fA-F:.]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/.exec(text) ?? [];
  const address = bracketed ?? ipv4 ?? text;
  return isIP(address) === 0 || address.includes("%") ? undefined : address;
}

const elementPattern = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/g;
const forPattern = /(?:^|;)\s*for\s*=\s*(?:"([^"\\]*)"|([^\s";,]+))\s*(?:;|$)/i;

/** Returns the clients of a `Forwarded` header in order; an empty text for one that cannot be parsed. */
function parseForwarded(text: string): string[] {
  // An open quote could hide the elements of trusted proxies behind it.
  if (text.replaceAll(elementPattern, "").replaceAll(",", "") !== "") return [];
  return (text.match(elementPattern) ?? []).map((element) => {
    const [, quoted, token] = forPattern.exec(element) ?? [];
    return quoted ?? token ?? "";
  });
}
