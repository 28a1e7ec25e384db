import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePlaylist, detectPlaylist, type PlaylistFormat, parsePlaylist } from "./playlists.ts";

const detect = (text: string, type: string | null = null, path = "/x"): PlaylistFormat | null =>
  detectPlaylist(Buffer.from(text, "latin1"), type, path);

describe("detectPlaylist and parsePlaylist", () => {
  it.each([
    ["#EXTM3U\n#EXTINF:1,a\na.mp3", null, "/x", "m3u"],
    ["\n#extm3u\nhttp://x/", null, "/x", "m3u"],
    ["\xef\xbb\xbf#EXTM3U\na.mp3", null, "/x", "m3u"],
    ["#EXTM3U\n#EXT-X-TARGETDURATION:10\n", "audio/mpegurl", "/x", "m3u"],
    ["#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n", null, "/x", "m3u"],
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
    ["\xff\xfe#\0E\0X\0T\0M\x003\0U\0\n\0a\0", null, "/x", "m3u"],
    ["\xfe\xff\0a\0.\0m\0p\x003", null, "/list.m3u", "m3u"],
    ['<?xml version="1.0"?>\n<playlist version="1" xmlns="http://xspf.org/ns/0/">', null, "/x", "xspf"],
    ["<ASX version = '3.0'>", "video/x-ms-asf", "/x", "asx"],
    ['REM x\nFILE "a.flac" WAVE', null, "/list.cue", "cue"],
    ['FILE "a.flac" WAVE', null, "/x", null],
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
      omitted: 0,
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

  it("parses XSPF", () => {
    const text = `<?xml version="1.0" encoding="UTF-8"?><playlist xmlns="http://xspf.org/ns/0/"><title>My &amp; list</title>
      <trackList><!-- <track><location>no</location></track> -->
      <track><title>One &#x2014; <![CDATA[x]]></title><location>file:///m/a%20b.mp3</location></track>
      <track><location> <![CDATA[http://x/?a=1&b=2]]> </location><title><![CDATA[A & B]]></title></track>
      <track><title>nothing</title></track></trackList></playlist>`;
    expect(parsePlaylist(text, "xspf", 10)).toMatchObject({
      name: "My & list",
      entries: [{ target: "file:///m/a%20b.mp3" }, { target: "http://x/?a=1&b=2", title: "A & B" }],
    });
    expect(parsePlaylist(text, "xspf", 1).entries.length).toBe(1);
  });

  it("parses ASX in any case and with unquoted entities", () => {
    const text = `<ASX version="3.0"><Title>Radio</Title><ENTRY><REF HREF = "http://x/?a=1&b=2" /><title>One</title></ENTRY>
      <entry><ref href='b\\c.mp3'/></entry></ASX>`;
    expect(parsePlaylist(text, "asx", 10)).toEqual({
      name: "Radio",
      entries: [
        { target: "http://x/?a=1&b=2", title: "One" },
        { target: "b\\c.mp3", title: null },
      ],
      omitted: 0,
    });
  });

  it("parses the files of a cue sheet", () => {
    const text = `TITLE "Album"\nFILE "01 one.wav" WAVE\n  TRACK 01 AUDIO\n    TITLE "One"\n    INDEX 01 00:00:00
FILE two.flac WAVE\n  TRACK 02 AUDIO\n    TITLE "Two"\n  TRACK 03 AUDIO\n    TITLE "Three"`;
    expect(parsePlaylist(text, "cue", 10)).toEqual({
      name: "Album",
      entries: [
        { target: "01 one.wav", title: "One" },
        { target: "two.flac", title: null },
      ],
      omitted: 0,
    });
  });

  it.each(["<!--", "<track><title>", "<track><location", "<track", "<title"])(
    "is quick with many %s",
    (text) => {
      const started = performance.now();
      parsePlaylist(text.repeat(262_144 / text.length), "xspf", 100);
      parsePlaylist(text.replace("track", "entry").replace("location", "ref").repeat(20_000), "asx", 100);
      expect(performance.now() - started).toBeLessThan(2_000);
    },
  );

  it.each(["utf-16le", "utf-16be"] as const)("decodes %s", (encoding) => {
    const bytes = Buffer.from("\ufeff#EXTM3U\nПесня.mp3", "utf16le");
    const text = decodePlaylist(encoding === "utf-16le" ? bytes : bytes.swap16(), () => "");
    expect(parsePlaylist(text, "m3u", 10).entries).toEqual([{ target: "Песня.mp3", title: null }]);
  });

  it.each(["m3u", "pls", "plain"] as const)("limits the entries of a %s file", (format) => {
    const lines = Array.from({ length: 50 }, (_, index) =>
      format === "pls" ? `File${index}=a` : `a${index}`,
    );
    const limited = parsePlaylist(lines.join("\n"), format, 7);
    expect(limited.entries.length).toBe(7);
    expect(limited.omitted).toBe(43);
    // Of a file that is read in part, the last line is not complete.
    expect(parsePlaylist(`${lines.join("\n")}0`, format, 100, true)).toMatchObject({ omitted: 1 });
    expect(parsePlaylist(lines.join("\n"), format, 100, true).entries.length).toBe(49);
    expect(parsePlaylist(lines.join("\n"), format, 100).omitted).toBe(0);
    expect(parsePlaylist(`File1=${"x".repeat(5_000)}\n${"x".repeat(5_000)}`, format, 7).entries).toEqual([]);
  });

  it("accepts arbitrary text and bytes", () => {
    const anyFormat = fc.constantFrom<PlaylistFormat>("m3u", "pls", "plain", "xspf", "asx", "cue");
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "#EXTM3U",
        "#EXTINF:",
        "#EXTINF:1,",
        "[playlist]",
        "File=",
        "<title>",
        "<track><location>a</location>",
        "<entry><ref href='a'>",
        'FILE "a"',
        "TITLE &#1114112;",
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
