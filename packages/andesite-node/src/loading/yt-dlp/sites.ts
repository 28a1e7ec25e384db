/** What yt-dlp is asked for an identifier. */
export interface SiteQuery {
  readonly target: string;
  /** What was searched for; null where nothing was. */
  readonly search: string | null;
  /** Results that are left out at the beginning. */
  readonly offset: number;
  /** Results at most; null where that is not part of the question. */
  readonly count: number | null;
}

/** One of the sites that tracks can come from. */
export interface Site {
  /** Name of the source. */
  readonly name: "youtube" | "soundcloud" | "bandcamp" | "vimeo" | "twitch";
  /** As people know it. */
  readonly title: string;
  /** What to ask for an identifier; null where it is none of this site's. */
  readonly toQuery: (identifier: string, searchResults: number) => SiteQuery | null;
  /** Whether an address is one of this site. */
  readonly owns: (url: URL) => boolean;
  /** What a track is found by. */
  readonly identifierOf: (item: { readonly id: string; readonly page: string }) => string | null;
  /** The page of a track with this identifier; null where it says nothing to this site. */
  readonly pageUrlOf: (identifier: string) => string | null;
}

const pageQuery = (target: string): SiteQuery => ({ target, search: null, offset: 0, count: null });

/** An address of the web that a site owns; null for anything else. */
function siteUrl(site: Pick<Site, "owns">, text: string): string | null {
  const url = URL.parse(text);
  const isWeb = url?.protocol === "http:" || url?.protocol === "https:";
  return url && isWeb && site.owns(url) ? url.href : null;
}

/** Whether an address is on a host, or on one below it. */
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

/** SoundCloud's own limit of results. */
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

/** A site whose tracks are found by the addresses of their pages, and which is not searched. */
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

/** The sites in the order in which they are asked. */
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
