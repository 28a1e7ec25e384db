/** Current view: a server and one of its channels. */
export interface Route {
  /** Server key. */
  readonly server?: string | undefined;
  readonly channel?: number | undefined;
}

/** Parses the URL hash; empty for an invalid one. */
export function parseRoute(hash: string): Route {
  const [, server = "", channel = ""] = /^#\/([^/]+)(?:\/(\d{1,16}))?$/.exec(hash) ?? [];
  if (server === "") return {};
  try {
    const uuid = Number(channel);
    const isChannel = channel !== "" && Number.isSafeInteger(uuid);
    return { server: decodeURIComponent(server), ...(isChannel && { channel: uuid }) };
  } catch {
    return {};
  }
}

/** Returns the code of an invite link, `#invite=CODE`; undefined for another URL hash. */
export const parseInvite = (hash: string): string | undefined => /^#invite=([\w-]{1,100})$/.exec(hash)?.[1];

/** Returns the code of a set-up link, `#setup=CODE`; undefined for another URL hash. */
export const parseSetup = (hash: string): string | undefined => /^#setup=([\w-]{1,100})$/.exec(hash)?.[1];

/** Formats a route as a URL hash. */
export function formatRoute({ server, channel }: Route): string {
  if (server === undefined) return "#/";
  return `#/${encodeURIComponent(server)}${channel === undefined ? "" : `/${channel}`}`;
}
