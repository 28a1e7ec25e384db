import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detectPlaylist, type PlaylistFormat, parsePlaylist } from "./playlists.ts";

const detect = (text: string, type: string | null = null, path = "/x"): PlaylistFormat | null =>
  detectPlaylist(Buffer.from(text, "latin1"), type, path);

describe("detectPlaylist and parsePlaylist", () => {
  it.each([
    ["#EXTM3U\n#EXTINF:1,a\na.mp3", null, "/x", "m3u"],
    ["\n#extm3u\nhttp://x/", null, "/x", "m3u"],
    ["\xef\xbb\xbf#EXTM3U\na.mp3", null, "/x", "m3u"],
    ["#EXTM3U\n#EXT-X-TARGETDURATION:10\n", "audio/mpegurl", "/x", "hls"],
    ["#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n", null, "/x", "hls"],
    ["[playlist]\nFile1=http://x/", null, "/x", "pls"],
    ["[Playlist]\n", null, "/x", "pls"],
    ["http://x/a.mp3\nhttp://x/b.mp3", "text/plain", "/x", "plain"],
    ["icy://x/", null, "/x", "plain"],
    ["a.mp3\nb.mp3", "audio/x-mpegurl", "/x", "m3u"],
    ["a.mp3\nb.mp3", null, "/list.M3U8", "m3u"],
    ["File1=a.mp3", "audio/x-scpls", "/x", "pls"],
    ["File1=a.mp3", null, "/list.pls", "pls"],
    ["a.mp3\nb.mp3", "text/plain", "/x", null],
    ["<html>http://x/", "text/html", "/x", null],
    ["ID3\x03\x00\x00", "audio/mpeg", "/list.m3u", null],
    ["OggS\x01", null, "/list.m3u", null],
    ["\xff\xfb\x90\x64", "audio/mpeg", "/list.m3u", null],
    ["", null, "/list.m3u", "m3u"],
    ["", null, "/x", null],
  ])("detects %j of type %j at %s as %j", (text, type, path, format) => {
    expect(detect(text, type, path)).toBe(format);
  });

  it("parses the entries, titles and name of an m3u file", () => {
    const text =
      "#EXTM3U\r\n#PLAYLIST: Mine \r\n#EXTINF:12,Some, one - Thing\r\n# a comment\r\na b.mp3\r\n\r\nhttp://x/\r\n";
    expect(parsePlaylist(text, "m3u", 10)).toEqual({
      name: "Mine",
      entries: [
        { target: "a b.mp3", title: "Some, one - Thing" },
        { target: "http://x/", title: null },
      ],
    });
  });

  it("sorts the entries of a pls file by their numbers", () => {
    const text =
      "[playlist]\nFile2=http://b/\nTitle1=One\nFILE1=http://a/\nFile10=c.mp3\nLength1=-1\nFile3=\nVersion=2";
    expect(parsePlaylist(text, "pls", 10).entries).toEqual([
      { target: "http://a/", title: "One" },
      { target: "http://b/", title: null },
      { target: "c.mp3", title: null },
    ]);
  });

  it.each(["m3u", "pls", "plain"] as const)("limits the entries of a %s file", (format) => {
    const lines = Array.from({ length: 50 }, (_, index) =>
      format === "pls" ? `File${index}=a` : `a${index}`,
    );
    expect(parsePlaylist(lines.join("\n"), format, 7).entries.length).toBe(7);
    expect(parsePlaylist(`File1=${"x".repeat(5_000)}\n${"x".repeat(5_000)}`, format, 7).entries).toEqual([]);
  });

  it("accepts arbitrary text and bytes", () => {
    const anyFormat = fc.constantFrom<PlaylistFormat>("m3u", "pls", "plain");
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "#EXTM3U",
        "#EXTINF:",
        "#EXTINF:1,",
        "[playlist]",
        "File=",
        "File1=a",
        "Title1",
        "\uFEFF",
      ),
    );
    fc.assert(
      fc.property(fc.array(line), anyFormat, fc.nat(20), (lines, format, maxEntries) => {
        const { entries } = parsePlaylist(lines.join("\n"), format, maxEntries);
        expect(entries.length).toBeLessThanOrEqual(maxEntries);
        for (const { target } of entries) expect(target.trim()).not.toBe("");
      }),
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 1_024 }),
        fc.option(fc.string()),
        fc.string(),
        (head, type, path) => {
          detectPlaylist(head, type, path);
        },
      ),
    );
  });

  it("parses what was written as m3u", () => {
    const target = fc.string({ minLength: 1 }).map((text) => text.replace(/[\s#]/g, "_"));
    const title = fc.option(
      fc.string({ minLength: 1 }).map((text) => text.replace(/\s/g, "_")),
      { nil: null },
    );
    fc.assert(
      fc.property(fc.array(fc.record({ target, title })), (entries) => {
        const text = entries.map(
          (entry) => `${entry.title ? `#EXTINF:-1,${entry.title}\n` : ""}${entry.target}\n`,
        );
        expect(parsePlaylist(`#EXTM3U\n${text.join("")}`, "m3u", 1_000).entries).toEqual(entries);
      }),
    );
  });
});
