/**
 * Returns the stream URL for the audio element; undefined if the published one is not allowed. A path must
 * start with `/listen/`, so that a bot cannot make the page request other resources of its server.
 */
export function listenUrl(listen: string | null, server: string): string | undefined {
  if (listen === null) return undefined;
  if (listen.startsWith("/")) {
    const url = URL.parse(`${server}${listen}`);
    return url?.href.startsWith(`${server}/listen/`) ? url.href : undefined;
  }
  const url = URL.parse(listen);
  return url && (url.protocol === "https:" || url.protocol === "http:") ? url.href : undefined;
}
