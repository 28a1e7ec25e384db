/** Where a picture is, and whether it may be fetched without asking the reader. */
export interface ArtworkUrl {
  readonly href: string;
  readonly host: string;
  readonly isOwn: boolean;
}

/**
 * The address of a picture that a bot names; undefined for none that may be used. A path must lead to where the
 * server passes pictures through, so that no bot can make the page ask for anything else there. What comes from
 * elsewhere tells its owner who looks at it, so it is for the reader to say.
 */
export function artworkUrl(artwork: string | null, serverOrigin: string): ArtworkUrl | undefined {
  if (artwork === null) return undefined;
  const url = URL.parse(artwork, artwork.startsWith("/") ? serverOrigin : undefined);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  const { href, host, origin, pathname } = url;
  const isOwn = origin === serverOrigin;
  if (isOwn ? !pathname.startsWith("/artwork/") : artwork.startsWith("/")) return undefined;
  return { href, host, isOwn };
}
