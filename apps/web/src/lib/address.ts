/** Where a server is and how to speak to it. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** Whether the connection is encrypted. */
  readonly tls: boolean;
}

/** What a page knows of the place that it came from. */
export interface PagePlace {
  /** `http:` or `https:`. */
  readonly protocol: string;
  readonly hostname: string;
  /** Empty for the protocol's own port. */
  readonly port: string;
}

/** Port of Aster servers where none is given. */
const asterPort = 2345;

const schemes: { readonly [scheme: string]: { readonly tls: boolean; readonly port: number } } = {
  wss: { tls: true, port: 443 },
  https: { tls: true, port: 443 },
  ws: { tls: false, port: 80 },
  http: { tls: false, port: 80 },
};

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, "$1");

/**
 * Reads what a person types: `example.org`, `example.org:2345`, `wss://example.org`. Undefined for anything that
 * names no server. Without a scheme the connection is encrypted, except to the own machine from a plain page.
 */
export function parseAddress(text: string, page: Pick<PagePlace, "protocol">): Address | undefined {
  const [, scheme, rest = ""] = /^(?:([a-z]+):\/\/)?(.*)$/is.exec(text.trim()) ?? [];
  const known = scheme === undefined ? undefined : schemes[scheme.toLowerCase()];
  if (scheme !== undefined && !known) return undefined;
  const url = URL.parse(`http://${rest}`);
  const isPlace = url && rest !== "" && url.username === "" && url.password === "";
  if (
    !isPlace ||
    url.hostname === "" ||
    !/^\/?$/.test(url.pathname) ||
    url.search !== "" ||
    url.hash !== ""
  ) {
    return undefined;
  }
  const host = withoutBrackets(url.hostname);
  // The URL drops port 80, which it takes for its own.
  const hasPort = /:\d+\/?$/.test(rest);
  const port = hasPort ? Number(url.port === "" ? 80 : url.port) : (known?.port ?? asterPort);
  if (port < 1) return undefined;
  const tls = known?.tls ?? !(page.protocol === "http:" && loopback.test(host));
  return { host, port, tls };
}

/** The server that the page itself came from. */
export function pageAddress({ protocol, hostname, port }: PagePlace): Address {
  const tls = protocol === "https:";
  return { host: withoutBrackets(hostname), port: port === "" ? (tls ? 443 : 80) : Number(port), tls };
}

const hostInUrl = (host: string): string => (host.includes(":") ? `[${host}]` : host);

/** Names a server in storage and in the page's address. */
export const keyOf = ({ host, port }: Pick<Address, "host" | "port">): string => `${hostInUrl(host)}:${port}`;

/** Where the server's HTTP side answers. */
export const httpOrigin = ({ host, port, tls }: Address): string =>
  new URL(`${tls ? "https" : "http"}://${hostInUrl(host)}:${port}`).origin;
