/** URL of an artwork image and whether it may be loaded without the user's consent. */
export interface ArtworkUrl {
  readonly href: string;
  readonly host: string;
  readonly isOwn: boolean;
}

/**
 * Returns the artwork URL that a bot has published; undefined if it is not allowed. A path on the page's own
 * server must start with `/artwork/`, so that a bot cannot make the page request other resources there.
 * Images on other hosts reveal the user's address to that host, so they are only loaded on request.
 */
export function artworkUrl(artwork: string | null, server: string): ArtworkUrl | undefined {
  if (artwork === null) return undefined;
  const url = URL.parse(artwork.startsWith("/") ? `${server}${artwork}` : artwork);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  const { href, host, origin } = url;
  const isOwn = origin === URL.parse(server)?.origin;
  if (isOwn && !href.startsWith(`${server}/artwork/`)) return undefined;
  return { href, host, isOwn };
}
