/**
 * The address that an audio element plays; undefined where a state names none that may be used. A path must lead
 * to where the server passes audio through, so that no bot can make the page ask for anything else there.
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
