/** Address of a server and whether to connect with TLS. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** Whether the connection is encrypted. */
  readonly tls: boolean;
  /** Path below which a reverse proxy serves the server, with a slash at its end; default `/`. */
  readonly path?: string;
}

/** Subset of `Location` used to derive addresses. */
export interface PageLocation {
  /** `http:` or `https:`. */
  readonly protocol: string;
  readonly hostname: string;
  /** Empty for the default port of the protocol. */
  readonly port: string;
  readonly pathname: string;
}

/** Default port of Aster servers. */
const defaultPort = 2345;

const schemes: { readonly [scheme: string]: { readonly tls: boolean; readonly port: number } } = {
  wss: { tls: true, port: 443 },
  https: { tls: true, port: 443 },
  ws: { tls: false, port: 80 },
  http: { tls: false, port: 80 },
};

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, "$1");

/**
 * Parses a server address entered by the user: `example.org`, `example.org:2345` or `wss://example.org`.
 * Returns undefined if it is invalid. Without a scheme the connection uses TLS, except to localhost from a
 * page without TLS.
 */
export function parseAddress(text: string, page: Pick<PageLocation, "protocol">): Address | undefined {
  const [, scheme, rest = ""] = /^(?:([a-z]+):\/\/)?(.*)$/is.exec(text.trim()) ?? [];
  const known = scheme === undefined ? undefined : schemes[scheme.toLowerCase()];
  if (scheme !== undefined && !known) return undefined;
  const url = URL.parse(`http://${rest}`);
  const isHostOnly = url && rest !== "" && url.username === "" && url.password === "";
  if (
    !isHostOnly ||
    url.hostname === "" ||
    !/^\/?$/.test(url.pathname) ||
    url.search !== "" ||
    url.hash !== ""
  ) {
    return undefined;
  }
  const host = withoutBrackets(url.hostname);
  // URL drops port 80, the default of http.
  const hasPort = /:\d+\/?$/.test(rest);
  const port = hasPort ? Number(url.port === "" ? 80 : url.port) : (known?.port ?? defaultPort);
  if (port < 1) return undefined;
  const tls = known?.tls ?? !(page.protocol === "http:" && loopback.test(host));
  return { host, port, tls };
}

/** Returns the address of the server that delivered the page. */
export function pageAddress({ protocol, hostname, port, pathname }: PageLocation): Address {
  const tls = protocol === "https:";
  const path = pathname.slice(0, pathname.lastIndexOf("/") + 1);
  return {
    host: withoutBrackets(hostname),
    port: port === "" ? (tls ? 443 : 80) : Number(port),
    tls,
    ...(path !== "/" && { path }),
  };
}

const hostInUrl = (host: string): string => (host.includes(":") ? `[${host}]` : host);

/** Returns the key of a server in storage and in the URL hash. */
export const keyOf = ({ host, port }: Pick<Address, "host" | "port">): string => `${hostInUrl(host)}:${port}`;

/** Returns the HTTP address of a server without a slash at its end: its origin and path. */
export const httpAddress = ({ host, port, tls, path = "/" }: Address): string =>
  new URL(`${tls ? "https" : "http"}://${hostInUrl(host)}:${port}`).origin + path.slice(0, -1);
