/** What the page shows: a server, and one of its channels. */
export interface Place {
  /** The server's key. */
  readonly server?: string | undefined;
  readonly channel?: number | undefined;
}

/** Reads the part of the page's address behind `#`. */
export function placeFrom(hash: string): Place {
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

/** The other way. */
export function hashOf({ server, channel }: Place): string {
  if (server === undefined) return "#/";
  return `#/${encodeURIComponent(server)}${channel === undefined ? "" : `/${channel}`}`;
}
