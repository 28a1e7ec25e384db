/** Returns the stream URL for the audio element; undefined if the published one is not allowed. */
export const listenUrl = (link: string | null, server: string): string | undefined =>
  nodeUrl(link, "/listen/", server);

/** Returns the URL of the music library; undefined if the published one is not allowed. */
export const libraryUrl = (link: string | null, server: string): string | undefined =>
  nodeUrl(link, "/library/", server);

/**
 * Returns the URL of a link that a bot has published. A path must start with the folder, so that a bot cannot make the
 * page request other resources of its server.
 */
function nodeUrl(link: string | null, folder: string, server: string): string | undefined {
  if (link === null) return undefined;
  if (link.startsWith("/")) {
    const url = URL.parse(`${server}${link}`);
    return url?.href.startsWith(`${server}${folder}`) ? url.href : undefined;
  }
  const url = URL.parse(link);
  return url && (url.protocol === "https:" || url.protocol === "http:") ? url.href : undefined;
}
