import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TrackDecoder, TrackEncoder } from "./codec.ts";
import { decodeMessage, decodeTrack } from "./decode.ts";
import { encodeMessage, encodeTrack } from "./encode.ts";
import { TrackFormatError } from "./errors.ts";
import { MessageInput, MessageOutput } from "./message.ts";
import { audioSources, getSource } from "./sources.ts";
import { Track, TrackInfo, type TrackInit, type TrackVersion, unknownLengthMs } from "./track.ts";
import { Writer } from "./writer.ts";

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const anyLong = fc.oneof(
  long,
  fc.constantFrom(0n, 1n, -1n, 2n ** 53n - 1n, 2n ** 53n, 1n - 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)),
);
// Arbitrary code units, including lone surrogates and U+0000.
const text = fc
  .array(fc.oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0, max: 0xffff })), {
    maxLength: 40,
  })
  .map((units) => String.fromCharCode(...units));
const source = fc.oneof(
  fc
    .constantFrom(...audioSources.filter(({ details }) => details === "none"))
    .map(({ name }) => ({ name, probe: null, details: new Uint8Array() })),
  fc.record({
    name: fc.constantFrom("http", "local"),
    probe: fc.record({
      name: text.map((name) => name.replaceAll("|", "")),
      parameters: fc.option(text),
    }),
    details: fc.constant(new Uint8Array()),
  }),
  fc.record({
    name: text.filter((name) => getSource(name).details === "opaque"),
    probe: fc.constant(null),
    details: fc.uint8Array({ maxLength: 40 }),
  }),
);
const track = fc
  .record({
    version: fc.constantFrom<TrackVersion>(1, 2, 3),
    info: fc.record({
      title: text,
      author: text,
      lengthMs: anyLong,
      identifier: text,
      isStream: fc.boolean(),
      uri: fc.option(text),
      artworkUrl: fc.option(text),
      isrc: fc.option(text),
    }),
    source,
    positionMs: anyLong,
    flags: fc.constantFrom(1, 3),
  })
  .map((fields) => {
    const { info, version } = fields;
    const uri = version >= 2 ? info.uri : null;
    const rest = version >= 3 ? {} : { artworkUrl: null, isrc: null };
    return new Track({ ...fields, info: { ...info, uri, ...rest } });
  });

const bytesOf = (encoded: string) => Uint8Array.from(Buffer.from(encoded, "base64"));
const example: TrackInit = {
  version: 3,
  info: {
    title: "Test Tone",
    author: "Example Band",
    duration: 185.04,
    identifier: "bbbbbbbbbbb",
    uri: "https://video.example/b",
    artworkUrl: "https://img.example/b.jpg",
    isrc: "ZZTST2400001",
  },
  source: "youtube",
  position: 1.001,
};

describe("round trips", () => {
  it("preserve all tracks", () => {
    fc.assert(
      fc.property(track, (value) => {
        expect(decodeTrack(encodeTrack(value))).toEqual(value);
      }),
    );
  });

  it("preserve the bytes of canonical messages", () => {
    fc.assert(
      fc.property(track, (value) => {
        const encoded = encodeTrack(value);
        expect(encodeTrack(decodeTrack(encoded))).toBe(encoded);
      }),
    );
  });

  it("drop fields that an older version does not have, and add none in a newer one", () => {
    const v1 = decodeTrack(encodeTrack(example, { version: 1 }));
    expect(v1.info).toMatchObject({ title: "Test Tone", uri: null, artworkUrl: null, isrc: null });
    const v2 = decodeTrack(encodeTrack(example, { version: 2 }));
    expect(v2).toMatchObject({ version: 2, info: { uri: example.info.uri, artworkUrl: null, isrc: null } });
    expect(decodeTrack(encodeTrack(v1, { version: 3 }))).toEqual(new Track({ ...v1, version: 3 }));
  });

  it("use version 2 by default, with a version byte for all flags", () => {
    const encoded = encodeTrack({ ...example, version: null, flags: 0 });
    expect(decodeTrack(encoded)).toMatchObject({ version: 2, flags: 1 });
  });
});

describe("units", () => {
  it("are exact milliseconds and rounded seconds", () => {
    const { info, position, positionMs } = new Track(example);
    expect([info.lengthMs, info.duration, positionMs, position]).toEqual([185_040n, 185.04, 1_001n, 1.001]);
    const changed = new Track({ ...decodeTrack(encodeTrack(example)), position: 2 });
    expect(changed.positionMs).toBe(2_000n);
  });

  it("have no duration when the length is unknown", () => {
    const info = new TrackInfo({ title: "", author: "", identifier: "" });
    expect([info.lengthMs, info.duration]).toEqual([unknownLengthMs, null]);
    expect(new TrackInfo({ ...info, lengthMs: 2n ** 53n }).duration).toBe(null);
    expect(new TrackInfo({ ...info, lengthMs: 2n ** 53n - 1n }).duration).toBe(
      Number.MAX_SAFE_INTEGER / 1_000,
    );
  });

  it.each([
    ["positionMs", { ...example, position: null, positionMs: 1.5 }],
    ["position", { ...example, position: Number.NaN }],
    ["length", { ...example, info: { ...example.info, duration: Number.POSITIVE_INFINITY } }],
    ["large position", { ...example, position: null, positionMs: 2n ** 63n }],
    ["small length", { ...example, info: { ...example.info, duration: null, lengthMs: -(2n ** 63n) - 1n } }],
  ])("throw for an invalid %s", (_, value) => {
    expect(() => encodeTrack(value)).toThrow(expect.objectContaining({ code: "INTEGER_RANGE" }));
  });
});

describe("invalid values", () => {
  it.each([
    ["title", { ...example, info: { ...example.info, title: undefined } }],
    ["info", { ...example, info: undefined }],
    ["source", { ...example, source: null }],
    ["source", { ...example, source: { name: 5 } }],
    ["details", { ...example, source: { name: "plugin", details: [1] } }],
  ])("throw an error that names the field: %s", (field, value) => {
    expect(() => encodeTrack(value as never)).toThrow(
      expect.objectContaining({ code: "INVALID_VALUE", field }),
    );
  });

  it.each([null, undefined, 5, {}, [0, 0]])("throw for data %s", (data) => {
    expect(() => decodeTrack(data as never)).toThrow(
      expect.objectContaining({ code: "INVALID_VALUE", field: "data" }),
    );
  });
});

describe("hostile input", () => {
  const onlyFormatErrors = (data: string | Uint8Array) => {
    try {
      decodeTrack(data);
    } catch (error) {
      if (!(error instanceof TrackFormatError)) throw error;
    }
  };

  it("throws a TrackFormatError for arbitrary bytes and strings", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), onlyFormatErrors), { numRuns: 500 });
    fc.assert(fc.property(text, onlyFormatErrors));
    fc.assert(fc.property(fc.base64String(), onlyFormatErrors));
  });

  it("throws a TrackFormatError for changed and truncated messages", () => {
    const change = fc.tuple(fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(track, fc.array(change, { maxLength: 4 }), fc.nat(), (value, changes, cut) => {
        const bytes = bytesOf(encodeTrack(value));
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        onlyFormatErrors(bytes);
        onlyFormatErrors(bytes.subarray(0, cut % bytes.length));
      }),
      { numRuns: 500 },
    );
  });

  it("does not allocate a false stated size", () => {
    const bytes = bytesOf(encodeTrack(example));
    const view = new DataView(bytes.buffer);
    const size = view.getUint32(0) & 0x3fff_ffff;
    for (const stated of [size - 1, size + 1, 0x3fff_ffff]) {
      view.setUint32(0, (0x4000_0000 | stated) >>> 0);
      expect(() => decodeTrack(bytes)).toThrow(expect.objectContaining({ code: "TRUNCATED" }));
    }
  });

  it("does not allocate a false string length", () => {
    const bytes = bytesOf(encodeTrack(example));
    bytes.set([0xff, 0xff], 5);
    expect(() => decodeTrack(bytes)).toThrow(expect.objectContaining({ code: "TRUNCATED", field: "title" }));
  });

  it.each([" QAAA", "QAAA\n", "QA AA", "QAAA=", "Q=AA", "QAAAAA=", "QAAA====", "QAAAAA== ", "QAA-"])(
    "throws for the base64 form %j",
    (encoded) =>
      expect(() => decodeTrack(encoded)).toThrow(expect.objectContaining({ code: "INVALID_BASE64" })),
  );

  it("throws for four-byte sequences above the last code point", () => {
    const bytes = bytesOf(encodeTrack({ ...example, info: { ...example.info, title: "abcd" } }));
    bytes.set([0xf4, 0x90, 0x80, 0x80], 7);
    expect(() => decodeTrack(bytes)).toThrow(
      expect.objectContaining({ code: "MALFORMED_STRING", field: "title" }),
    );
  });
});

describe("sources", () => {
  it.each([0, 1, 8, 10_000])("preserve %d bytes of a plug-in's details", (length) => {
    const details = Uint8Array.from({ length }, (_, index) => index & 0xff);
    const encoded = encodeTrack({ ...example, source: { name: "plugin", details } });
    const decoded = decodeTrack(encoded);
    expect(decoded.source).toEqual({ name: "plugin", probe: null, details });
    expect(decoded.positionMs).toBe(1_001n);
    expect(encodeTrack(decoded)).toBe(encoded);
  });

  it("of plug-ins can be registered, so that surplus bytes are ignored as for built-in ones", () => {
    const details = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
    const encoded = encodeTrack({ ...example, source: { name: "plugin", details } });
    const options = { getSource: (name: string) => ({ name, details: "none" as const }) };
    const decoded = new TrackDecoder(options).decode(encoded);
    expect(decoded.source.details).toHaveLength(0);
    expect(decoded.positionMs).toBe(0x0102030405060708n);
    expect(new TrackEncoder(options).encode(decoded)).toBe(
      encodeTrack({ ...decoded, source: { name: "plugin" } }),
    );
  });

  it("can be read as another version than the message states", () => {
    const bytes = bytesOf(encodeTrack(example, { version: 2 }));
    bytes[4] = 9;
    expect(() => decodeTrack(bytes)).toThrow(expect.objectContaining({ code: "UNSUPPORTED_VERSION" }));
    expect(new TrackDecoder({ version: 2 }).decode(bytes).info.title).toBe("Test Tone");
  });
});

describe("streams of messages", () => {
  it("contain several messages before the end marker", () => {
    const output = new MessageOutput();
    encodeMessage(output, example);
    encodeMessage(output, { ...example, version: 1, flags: 0 });
    output.finish();
    const input = new MessageInput(output.toBytes());
    const versions: number[] = [];
    for (let message = input.nextMessage(); message; message = input.nextMessage()) {
      versions.push(decodeMessage(message).version);
    }
    expect(versions).toEqual([3, 1]);
    expect(input.nextMessage()).toBe(null);
    expect(new MessageInput(output.toString()).nextMessage()?.flags).toBe(1);
  });

  it("must not end inside a message or contain an empty one", () => {
    const output = new MessageOutput();
    encodeMessage(output, example);
    expect(() => new MessageInput(output.toBytes().subarray(0, -1)).nextMessage()).toThrow(TrackFormatError);
    expect(() => new MessageInput(Uint8Array.of(0, 0)).nextMessage()).toThrow(TrackFormatError);
    expect(() => output.addMessage(new Writer(), 1)).toThrow(
      expect.objectContaining({ code: "INVALID_VALUE" }),
    );
  });
});
