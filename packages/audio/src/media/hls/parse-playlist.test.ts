import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TrackError } from "../track-error.ts";
import { parseAttributes } from "./attributes.ts";
import { isHlsPlaylist, parseHlsPlaylist } from "./parse-playlist.ts";

const parseMedia = async (lines: readonly string[], maxSegments = 1_000) => {
  const parsed = await parseHlsPlaylist(`#EXTM3U\n${lines.join("\n")}`, maxSegments);
  if (parsed.type !== "media") throw new Error("a master playlist");
  return parsed.playlist;
};

it("parses attributes with quotes, commas and equals signs in them", () => {
  const text = 'METHOD=AES-128,URI="https://a/?b=c,d",IV=0x01, NAME = "x" ,LAST=1,URI="second"';
  expect([...parseAttributes(text)]).toEqual([
    ["METHOD", "AES-128"],
    ["URI", "https://a/?b=c,d"],
    ["IV", "0x01"],
    ["NAME", '"x"'],
    ["LAST", "1"],
  ]);
});

describe("a media playlist", () => {
  it("has numbered segments with durations, ranges, keys, maps and discontinuities", async () => {
    const playlist = await parseMedia([
      "#EXT-X-TARGETDURATION:10",
      "#EXT-X-MEDIA-SEQUENCE:41",
      '#EXT-X-MAP:URI="init.mp4",BYTERANGE="100@20"',
      "#EXTINF:9.5,Title, with a comma",
      "#EXT-X-BYTERANGE:500@120",
      "a.mp4",
      '#EXT-X-KEY:METHOD=AES-128,URI="key",IV=0xAB',
      "# a comment",
      "#EXTINF:10",
      "#EXT-X-BYTERANGE:300",
      "a.mp4",
      "",
      "#EXT-X-KEY:METHOD=NONE",
      "#EXT-X-DISCONTINUITY",
      "#EXT-X-GAP",
      "#EXTINF:4,",
      "b.mp4",
      "#EXT-X-ENDLIST",
    ]);
    const map = { address: "init.mp4", range: { start: 20, end: 120 }, key: undefined };
    const plain = { isDiscontinuous: false, isGap: false, key: undefined, map };
    const iv = Buffer.alloc(16);
    iv[15] = 0xab;
    expect(playlist).toEqual({
      targetSeconds: 10,
      isEnded: true,
      segments: [
        { ...plain, number: 41, address: "a.mp4", range: { start: 120, end: 620 }, seconds: 9.5 },
        {
          ...plain,
          number: 42,
          address: "a.mp4",
          range: { start: 620, end: 920 },
          seconds: 10,
          key: { method: "AES-128", address: "key", iv },
        },
        {
          ...plain,
          number: 43,
          address: "b.mp4",
          range: undefined,
          seconds: 4,
          isDiscontinuous: true,
          isGap: true,
        },
      ],
    });
  });

  it("uses the supported of several keys", async () => {
    const keys = ['METHOD=SAMPLE-AES,URI="x",KEYFORMAT="drm"', 'METHOD=AES-128,URI="key"'];
    for (const order of [keys, keys.toReversed()]) {
      const playlist = await parseMedia([...order.map((key) => `#EXT-X-KEY:${key}`), "#EXTINF:1,", "a"]);
      expect(playlist.segments[0]?.key?.method).toBe("AES-128");
    }
    const rotated = await parseMedia([
      ...['#EXT-X-KEY:METHOD=AES-128,URI="key"', "#EXTINF:1,", "a"],
      ...["#EXT-X-KEY:METHOD=SAMPLE-AES", "#EXTINF:1,", "b"],
    ]);
    expect(rotated.segments.map(({ key }) => key?.method)).toEqual(["AES-128", "unsupported"]);
  });

  it("has the longest segment as its target if none is given", async () => {
    expect(await parseMedia(["#EXTINF:3,", "a", "#EXTINF:5,", "b"])).toMatchObject({ targetSeconds: 5 });
  });

  it.each([
    ["a negative duration", ["#EXTINF:-1,", "a"]],
    ["a duration that is no number", ["#EXTINF:x,", "a"]],
    ["an endless duration", ["#EXTINF:1e300,", "a"]],
    ["a negative range", ["#EXT-X-BYTERANGE:-5@3", "a"]],
    ["an empty range", ["#EXT-X-BYTERANGE:0@3", "a"]],
    ["a huge range", ["#EXT-X-BYTERANGE:9007199254740991@9007199254740991", "a"]],
    ["a range without a start", ["#EXT-X-BYTERANGE:5", "a"]],
    ["a range that continues another address", ["#EXT-X-BYTERANGE:5@0", "a", "#EXT-X-BYTERANGE:5", "b"]],
    ["a number that is too large", ["#EXT-X-MEDIA-SEQUENCE:18446744073709551615", "a"]],
    ["a number after a segment", ["#EXTINF:1,", "a", "#EXT-X-MEDIA-SEQUENCE:5"]],
    ["a key without an address", ["#EXT-X-KEY:METHOD=AES-128", "a"]],
    ["a vector that is no number", ['#EXT-X-KEY:METHOD=AES-128,URI="k",IV=5', "a"]],
    ["a map without an address", ["#EXT-X-MAP:BYTERANGE=5", "a"]],
    ["an endless line", [`#EXTINF:1,${"x".repeat(20_000)}`]],
  ])("with %s is refused", async (_name, lines) => {
    await expect(parseMedia(lines)).rejects.toMatchObject({
      name: "TrackError",
      message: expect.stringMatching(/^The HLS playlist is not valid: .+\.$/),
    });
  });

  it("with too many segments or lines is refused, and lets other work have its turn before", async () => {
    const segments = Array.from({ length: 1_000_000 }, () => "#EXTINF:0,\na");
    let turns = 0;
    let next = setImmediate(function count() {
      turns++;
      next = setImmediate(count);
    });
    await expect(parseMedia(segments, 50_000)).rejects.toThrow("it has too many segments");
    clearImmediate(next);
    // Other work had its turn after every 2,000 of 100,000 lines.
    expect(turns).toBeGreaterThanOrEqual(49);
    await expect(parseMedia(["\n".repeat(1_000_000)])).rejects.toThrow("it has too many lines");
  });
});

it.each([
  ["#EXTM3U\n#EXT-X-TARGETDURATION:5\n", true],
  ["#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-STREAM-INF:BANDWIDTH=1\na\n", true],
  ["#EXTM3U\n#EXT-X-SOMETHING\nhttp://radio.example/a.mp3\n", false],
  ["#EXTM3U\n#EXTINF:5,#EXT-X-TARGETDURATION:5\na.mp3\n", false],
])("recognises the playlist of a stream: %j", (text, expected) => {
  expect(isHlsPlaylist(text)).toBe(expected);
});

it("parses any text, or refuses it with an explanation", async () => {
  const tag = fc.constantFrom(
    ...["#EXTINF:", "#EXT-X-KEY:", "#EXT-X-MAP:", "#EXT-X-BYTERANGE:", "#EXT-X-STREAM-INF:", "#EXT-X-MEDIA:"],
    ...["#EXT-X-MEDIA-SEQUENCE:", "#EXT-X-TARGETDURATION:", "#EXT-X-DISCONTINUITY", "#EXT-X-ENDLIST", ""],
  );
  const value = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.integer().map(String),
    fc.constantFrom(
      'METHOD=AES-128,URI="a"',
      "5@7",
      'URI="a",BYTERANGE="1@2"',
      "a.ts",
      'TYPE=AUDIO,GROUP-ID="a"',
    ),
  );
  const lines = fc.array(fc.tuple(tag, value).map(([name, text]) => name + text));
  await fc.assert(
    fc.asyncProperty(lines, async (given) => {
      const parsed = await parseHlsPlaylist(`#EXTM3U\n${given.join("\n")}`, 10).catch(
        (error: unknown) => error,
      );
      if (parsed instanceof Error) expect(parsed).toBeInstanceOf(TrackError);
      else expect(parsed).toHaveProperty("type");
    }),
    { numRuns: 500 },
  );
});

it("returns what a playlist was written from", async () => {
  const segment = fc.record({
    address: fc.webPath({ size: "small" }).map((path) => `a${path}`),
    seconds: fc.integer({ min: 0, max: 20_000 }).map((ms) => ms / 1_000),
    isDiscontinuous: fc.boolean(),
    isGap: fc.boolean(),
    range: fc.option(
      fc.record({ start: fc.nat(1_000_000), length: fc.integer({ min: 1, max: 1_000_000 }) }),
      { nil: undefined },
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(segment, { maxLength: 20 }), fc.nat(), async (segments, first) => {
      const lines = segments.flatMap(({ address, seconds, isDiscontinuous, isGap, range }) => [
        ...(isDiscontinuous ? ["#EXT-X-DISCONTINUITY"] : []),
        ...(isGap ? ["#EXT-X-GAP"] : []),
        ...(range ? [`#EXT-X-BYTERANGE:${range.length}@${range.start}`] : []),
        `#EXTINF:${seconds},`,
        address,
      ]);
      const playlist = await parseMedia([`#EXT-X-MEDIA-SEQUENCE:${first}`, ...lines]);
      expect(playlist.segments).toEqual(
        segments.map(({ range, ...given }, index) => ({
          ...given,
          number: first + index,
          range: range && { start: range.start, end: range.start + range.length },
          key: undefined,
          map: undefined,
        })),
      );
    }),
    { numRuns: 100 },
  );
});
