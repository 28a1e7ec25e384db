/**
 * Returns the stream URL for the audio element; undefined if the published one is not allowed. A path must
 * start with `/listen/`, so that a bot cannot make the page request other resources of its server.
 */
export function listenUrl(listen: string | null, serverOrigin: string): string | undefined {
  if (listen === null) return undefined;
  if (listen.startsWith("/")) {
    const url = URL.parse(listen, serverOrigin);
    const isInside = url?.origin === serverOrigin && url.pathname.startsWith("/listen/");
    return isInside ? url.href : undefined;
  }
  const url = URL.parse(listen);
  return url && (url.protocol === "https:" || url.protocol === "http:") ? url.href : undefined;
}
