/** Query for yt-dlp. */
export interface SiteQuery {
  readonly target: string;
  /** Search text; null if the query is not a search. */
  readonly search: string | null;
  /** Number of results to skip. */
  readonly offset: number;
  /** Maximum number of results; null if the identifier does not specify one. */
  readonly count: number | null;
}

/** A site that yt-dlp supports. */
export interface Site {
  /** Name of the source. */
  readonly name: "youtube" | "soundcloud" | "bandcamp" | "vimeo" | "twitch";
  /** Display name. */
  readonly title: string;
  /** Converts an identifier to a query; null if it does not belong to this site. */
  readonly toQuery: (identifier: string, searchResults: number) => SiteQuery | null;
  /** Returns whether a URL belongs to this site. */
  readonly owns: (url: URL) => boolean;
  /** Returns the identifier of a track; null if the item is not a track. */
  readonly identifierOf: (item: { readonly id: string; readonly page: string }) => string | null;
  /** Returns the page URL of an identifier; null if it does not belong to this site. */
  readonly pageUrlOf: (identifier: string) => string | null;
}

const pageQuery = (target: string): SiteQuery => ({ target, search: null, offset: 0, count: null });

/** Returns the normalised URL if it belongs to the site; null otherwise. */
function siteUrl(site: Pick<Site, "owns">, text: string): string | null {
  const url = URL.parse(text);
  const isWeb = url?.protocol === "http:" || url?.protocol === "https:";
  return url && isWeb && site.owns(url) ? url.href : null;
}

/** Returns whether the host of a URL is the given one or a subdomain. */
const isAt = ({ hostname }: URL, host: string): boolean => hostname === host || hostname.endsWith(`.${host}`);

const videoId = /^[\w-]{11}$/;
const youtubeList = /^(?:PL|UU|LL|FL|OL|RD|PU)[\w-]{8,}$/;
const watchUrl = (id: string): string => `https://www.youtube.com/watch?v=${id}`;

const youtube: Site = {
  name: "youtube",
  title: "YouTube",
  owns: (url) => isAt(url, "youtube.com") || isAt(url, "youtu.be") || isAt(url, "youtube-nocookie.com"),
  toQuery(identifier, searchResults) {
    const [, prefix, words = ""] = /^(ytm?search):(.*)$/s.exec(identifier) ?? [];
    const search = words.trim();
    if (prefix) {
      const target =
        prefix === "ytsearch"
          ? `ytsearch${searchResults}:${search}`
          : `https://music.youtube.com/search?q=${encodeURIComponent(search)}#songs`;
      return { target, search, offset: 0, count: searchResults };
    }
    if (videoId.test(identifier)) return pageQuery(watchUrl(identifier));
    if (youtubeList.test(identifier)) return pageQuery(`https://www.youtube.com/playlist?list=${identifier}`);
    const address = siteUrl(youtube, identifier);
    return address ? pageQuery(address) : null;
  },
  identifierOf: ({ id }) => (videoId.test(id) ? id : null),
  pageUrlOf: (identifier) => (videoId.test(identifier) ? watchUrl(identifier) : null),
};

/** SoundCloud's own limit of search results. */
const maxSearchResults = 200;
const defaultSearchResults = 10;

const soundcloud: Site = {
  name: "soundcloud",
  title: "SoundCloud",
  owns: (url) => isAt(url, "soundcloud.com"),
  toQuery(identifier) {
    const match = /^scsearch(?:\[(\d{1,5}),(\d{1,5})\])?:(.*)$/s.exec(identifier);
    if (match) {
      const offset = Number(match[1] ?? 0);
      const count = Math.min(Number(match[2] ?? defaultSearchResults), maxSearchResults);
      const search = (match[3] ?? "").trim();
      return { target: `scsearch${offset + count}:${search}`, search, offset, count };
    }
    const address = siteUrl(soundcloud, identifier);
    return address ? pageQuery(address) : null;
  },
  identifierOf: (item) => siteUrl(soundcloud, item.page),
  pageUrlOf: (identifier) => siteUrl(soundcloud, identifier),
};

/** Creates a site without search, whose identifiers are page URLs. */
function pageSite(name: Site["name"], title: string, owns: (url: URL) => boolean): Site {
  const site: Site = {
    name,
    title,
    owns,
    toQuery(identifier) {
      const address = siteUrl(site, identifier);
      return address ? pageQuery(address) : null;
    },
    identifierOf: (item) => siteUrl(site, item.page),
    pageUrlOf: (identifier) => siteUrl(site, identifier),
  };
  return site;
}

/** All sites, in the order in which they are tried. */
export const sites: readonly Site[] = [
  youtube,
  soundcloud,
  pageSite(
    "bandcamp",
    "Bandcamp",
    (url) => isAt(url, "bandcamp.com") && /^\/(?:track|album)\//.test(url.pathname),
  ),
  pageSite("vimeo", "Vimeo", (url) => isAt(url, "vimeo.com") && /\/\d+/.test(url.pathname)),
  pageSite("twitch", "Twitch", (url) => isAt(url, "twitch.tv") && url.pathname.length > 1),
];
