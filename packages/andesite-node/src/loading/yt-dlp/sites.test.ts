import { describe, expect, it } from "vitest";
import { sites } from "./sites.ts";

const queriesOf = (identifier: string) =>
  sites.flatMap((site) => {
    const query = site.toQuery(identifier, 20);
    return query ? [{ site: site.name, ...query }] : [];
  });

describe("Site.toQuery", () => {
  it.each([
    ["https://www.youtube.com/watch?v=dQw4w9WgXcQ", "youtube"],
    ["https://youtu.be/dQw4w9WgXcQ", "youtube"],
    ["https://music.youtube.com/watch?v=dQw4w9WgXcQ", "youtube"],
    ["https://www.youtube.com/shorts/dQw4w9WgXcQ", "youtube"],
    ["https://soundcloud.com/artist/song", "soundcloud"],
    ["https://on.soundcloud.com/abc", "soundcloud"],
    ["https://artist.bandcamp.com/track/song", "bandcamp"],
    ["https://artist.bandcamp.com/album/songs", "bandcamp"],
    ["https://vimeo.com/12345", "vimeo"],
    ["https://www.twitch.tv/artist", "twitch"],
  ])("%s is a page of %s", (identifier, site) => {
    expect(queriesOf(identifier)).toEqual([
      { site, target: identifier, search: null, offset: 0, count: null },
    ]);
  });

  it.each([
    ["dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"],
    ["PLabcdefghijkl", "https://www.youtube.com/playlist?list=PLabcdefghijkl"],
  ])("%s is a YouTube id", (identifier, target) => {
    expect(queriesOf(identifier)).toMatchObject([{ site: "youtube", target, search: null }]);
  });

  it.each([
    ["ytsearch: --exec rm ", "youtube", "ytsearch20:--exec rm", 0, 20],
    ["ytmsearch:a & b", "youtube", "https://music.youtube.com/search?q=a%20%26%20b#songs", 0, 20],
    ["scsearch:song", "soundcloud", "scsearch10:song", 0, 10],
    ["scsearch[20,30]:song", "soundcloud", "scsearch50:song", 20, 30],
    ["scsearch[0,999]:song", "soundcloud", "scsearch200:song", 0, 200],
  ])("%s is a search", (identifier, site, target, offset, count) => {
    expect(queriesOf(identifier)).toMatchObject([{ site, target, offset, count }]);
  });

  it.each([
    "https://example.org/youtube.com",
    "https://youtube.com.example.org/watch?v=dQw4w9WgXcQ",
    "https://notyoutube.com/watch?v=dQw4w9WgXcQ",
    "https://youtube.com@example.org/",
    "file://youtube.com/etc/passwd",
    "ftp://soundcloud.com/song",
    "https://bandcamp.com/",
    "https://vimeo.com/about",
    "https://www.twitch.tv/",
    "scsearch[a,b]:x",
    "--exec=rm",
    "/music/song.mp3",
    "",
  ])("%j belongs to no site", (identifier) => {
    expect(queriesOf(identifier)).toEqual([]);
  });
});
