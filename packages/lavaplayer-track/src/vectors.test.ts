import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeTrack } from "./decode.ts";
import { encodeTrack } from "./encode.ts";
import { TrackFormatError } from "./errors.ts";
import type { Probe, TrackInit, TrackVersion } from "./track.ts";

interface Expected {
  flags: number;
  version: TrackVersion;
  title: string;
  author: string;
  length: string;
  identifier: string;
  isStream: boolean;
  uri: string | null;
  artworkUrl: string | null;
  isrc: string | null;
  source: string;
  probe: Probe | null;
  extraHex: string;
  position: string;
}

const load = <Entry>(name: string): (Entry & { id: string })[] =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8"));

const flatten = (data: string | Uint8Array): Expected => {
  const { info, source, version, flags, positionMs } = decodeTrack(data);
  const { lengthMs, ...texts } = info;
  return {
    ...texts,
    flags,
    version,
    length: String(lengthMs),
    source: source.name,
    probe: source.probe,
    extraHex: Buffer.from(source.details).toString("hex"),
    position: String(positionMs),
  };
};

const toInit = (expected: Expected): TrackInit => ({
  version: expected.version,
  flags: expected.flags,
  info: { ...expected, lengthMs: BigInt(expected.length) },
  source: {
    name: expected.source,
    probe: expected.probe,
    details: Uint8Array.from(Buffer.from(expected.extraHex, "hex")),
  },
  positionMs: BigInt(expected.position),
});

describe("canonical messages", () => {
  const entries = load<{ encoded: string; messageSize: number; expected: Expected }>("valid");
  it("have the expected count", () => expect(entries).toHaveLength(34));

  it.each(entries)("decodes and encodes $id", ({ encoded, expected }) => {
    expect(flatten(encoded)).toEqual(expected);
    expect(flatten(Uint8Array.from(Buffer.from(encoded, "base64")))).toEqual(expected);
    expect(encodeTrack(toInit(expected))).toBe(encoded);
    expect(encodeTrack(decodeTrack(encoded))).toBe(encoded);
  });

  it.each(entries)("throws for each proper prefix of $id", ({ encoded }) => {
    const bytes = Uint8Array.from(Buffer.from(encoded, "base64"));
    // All prefixes of the short messages, samples of the long one.
    const step = Math.max(1, Math.floor(bytes.length / 500));
    for (let length = 0; length < bytes.length; length += step) {
      expect(() => decodeTrack(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: "TRUNCATED" }),
      );
    }
  });
});

describe("readable messages that are not canonical", () => {
  const entries = load<{ encoded: string; canonical: string; expected: Expected }>("lenient");
  it.each(entries)("decodes $id and encodes it canonically", ({ encoded, canonical, expected }) => {
    expect(flatten(encoded)).toEqual(expected);
    expect(encodeTrack(decodeTrack(encoded))).toBe(canonical);
  });
});

describe("malformed messages", () => {
  it.each(load<{ encoded: string; error: string }>("invalid"))("$id: $error", ({ encoded, error }) => {
    expect(() => decodeTrack(encoded)).toThrow(TrackFormatError);
    expect(() => decodeTrack(encoded)).toThrow(expect.objectContaining({ code: error }));
  });
});

describe("tracks that cannot be encoded", () => {
  const good = { title: "t", author: "a", identifier: "i", lengthMs: 1 };
  interface Bad {
    error: string;
    field?: string;
    repeat?: { char: string; count: number };
    length?: string;
    probe?: string;
  }
  it.each(load<Bad>("encode-errors"))("$id: $error", ({ id, error, field, repeat, length, probe }) => {
    const text = repeat?.char.repeat(repeat.count);
    const track: TrackInit = {
      ...(id === "version-9" ? { version: 9 as TrackVersion } : {}),
      info: {
        ...good,
        ...(field && text ? { [field]: text } : {}),
        ...(length ? { lengthMs: BigInt(length) } : {}),
      },
      source: {
        name: id === "http-without-probe" || probe ? "http" : "youtube",
        probe: probe ? { name: probe, parameters: null } : null,
      },
    };
    expect(() => encodeTrack(track)).toThrow(TrackFormatError);
    expect(() => encodeTrack(track)).toThrow(expect.objectContaining({ code: error }));
  });
});
