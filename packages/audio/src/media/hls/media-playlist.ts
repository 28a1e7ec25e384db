import { parseAttributes, parseInteger } from "./attributes.ts";
import type { ByteRange } from "./hls-fetch.ts";
import { invalidPlaylist, type PlaylistLine } from "./playlist-lines.ts";

/** Initialisation section of fragmented MP4. Relative to the playlist, like all addresses in it. */
export interface MediaMap {
  readonly address: string;
  readonly range: ByteRange | undefined;
  readonly key: SegmentKey | undefined;
}

/** Encryption of a segment: AES-128, or a method that is not supported. */
export type SegmentKey =
  | {
      readonly method: "AES-128";
      readonly address: string;
      /** Initialisation vector; undefined if it is the number of the segment. */
      readonly iv: Uint8Array | undefined;
    }
  | { readonly method: "unsupported"; readonly name: string };

/** Segment of a stream. */
export interface Segment {
  /** Media sequence number: those of a playlist follow each other. */
  readonly number: number;
  readonly address: string;
  readonly range: ByteRange | undefined;
  readonly seconds: number;
  /** Whether format or time stamps change before this segment. */
  readonly isDiscontinuous: boolean;
  /** Whether the segment is missing on the server. */
  readonly isGap: boolean;
  readonly key: SegmentKey | undefined;
  readonly map: MediaMap | undefined;
}

/** Media playlist (RFC 8216, section 4.3.3). */
export interface MediaPlaylist {
  /** Longest duration of a segment in s. */
  readonly targetSeconds: number;
  /** In order; the numbers follow each other. */
  readonly segments: readonly Segment[];
  /** Whether no more segments are added. */
  readonly isEnded: boolean;
}

/** Longest duration of a segment in s; a single file as one segment may have hours. */
const maxSeconds = 24 * 3_600;
const ivBytes = 16;

/** Parses a media playlist line by line. */
export class MediaPlaylistParser {
  readonly #maxSegments: number;
  readonly #segments: Segment[] = [];
  #first = 0;
  #target: number | undefined;
  #longest = 0;
  #isEnded = false;
  #key: SegmentKey | undefined;
  #isKeyComplete = true;
  #map: MediaMap | undefined;
  #seconds: number | undefined;
  #range: { readonly length: number; readonly start: number | undefined } | undefined;
  #rangeEnd: { readonly address: string; readonly end: number } | undefined;
  #isDiscontinuous = false;
  #isGap = false;

  constructor(maxSegments: number) {
    this.#maxSegments = maxSegments;
  }

  /**
   * Adds a line.
   *
   * @throws TrackError if it is not valid.
   */
  add(line: PlaylistLine): void {
    if (line.type === "address") this.#addSegment(line.address);
    else this.#readTag(line.name, line.value);
  }

  /** Returns the playlist after all lines. */
  finish(): MediaPlaylist {
    // Without the required tag, the longest segment determines how often the playlist is loaded.
    const targetSeconds = this.#target ?? this.#longest;
    return { targetSeconds, segments: this.#segments, isEnded: this.#isEnded };
  }

  #addSegment(address: string): void {
    if (this.#segments.length >= this.#maxSegments) throw invalidPlaylist("it has too many segments");
    const seconds = this.#seconds ?? this.#target ?? 0;
    this.#longest = Math.max(this.#longest, seconds);
    this.#segments.push({
      number: this.#first + this.#segments.length,
      address,
      range: this.#range && this.#resolveRange(address, this.#range),
      seconds,
      isDiscontinuous: this.#isDiscontinuous,
      isGap: this.#isGap,
      key: this.#key,
      map: this.#map,
    });
    this.#seconds = undefined;
    this.#range = undefined;
    this.#isDiscontinuous = false;
    this.#isGap = false;
    this.#isKeyComplete = true;
  }

  #readTag(name: string, value: string): void {
    switch (name) {
      case "#EXTINF":
        this.#seconds = readSeconds(value);
        break;
      case "#EXT-X-TARGETDURATION":
        this.#target = readSeconds(value);
        break;
      case "#EXT-X-MEDIA-SEQUENCE":
        if (this.#segments.length > 0) throw invalidPlaylist("the media sequence follows a segment");
        this.#first = readRequired(name, parseInteger(value));
        break;
      case "#EXT-X-BYTERANGE":
        this.#range = readRange(value);
        break;
      case "#EXT-X-DISCONTINUITY":
        this.#isDiscontinuous = true;
        break;
      case "#EXT-X-GAP":
        this.#isGap = true;
        break;
      case "#EXT-X-KEY":
        this.#readKey(parseAttributes(value));
        break;
      case "#EXT-X-MAP":
        this.#map = this.#readMap(parseAttributes(value));
        break;
      case "#EXT-X-ENDLIST":
        this.#isEnded = true;
        break;
    }
  }

  /** Reads a key. Of several keys of a segment, for different systems of protection, a supported one counts. */
  #readKey(attributes: ReadonlyMap<string, string>): void {
    const method = attributes.get("METHOD") ?? "";
    const format = attributes.get("KEYFORMAT") ?? "identity";
    const isFirst = this.#isKeyComplete;
    this.#isKeyComplete = false;
    if (method === "NONE") this.#key = undefined;
    else if (method === "AES-128" && format === "identity") {
      const address = readRequired("#EXT-X-KEY", attributes.get("URI"));
      this.#key = { method, address, iv: readVector(attributes.get("IV")) };
    } else if (isFirst || this.#key?.method !== "AES-128") {
      const name = `${method}${format === "identity" ? "" : ` with ${format}`}`.slice(0, 100);
      this.#key = { method: "unsupported", name };
    }
  }

  #readMap(attributes: ReadonlyMap<string, string>): MediaMap {
    const address = readRequired("#EXT-X-MAP", attributes.get("URI"));
    const given = attributes.get("BYTERANGE");
    const range = given === undefined ? undefined : readRange(given);
    const { length = 0, start = 0 } = range ?? {};
    return { address, range: range && { start, end: start + length }, key: this.#key };
  }

  #resolveRange(
    address: string,
    { length, start }: { readonly length: number; readonly start: number | undefined },
  ): ByteRange {
    const previous = this.#rangeEnd?.address === address ? this.#rangeEnd.end : undefined;
    const from = readRequired("#EXT-X-BYTERANGE", start ?? previous);
    const end = readRequired("#EXT-X-BYTERANGE", parseInteger(String(from + length)));
    this.#rangeEnd = { address, end };
    return { start: from, end };
  }
}

function readRequired<Value>(tag: string, value: Value | undefined): Value {
  if (value === undefined) throw invalidPlaylist(`${tag} is incomplete or not valid`);
  return value;
}

/** Reads a duration, which is followed by a title. */
function readSeconds(value: string): number {
  const seconds = Number.parseFloat(value);
  if (!(seconds >= 0 && seconds <= maxSeconds)) throw invalidPlaylist(`the duration ${value.slice(0, 50)}`);
  return seconds;
}

function readRange(value: string): { readonly length: number; readonly start: number | undefined } {
  const [, length, start] = /^(\d+)(?:@(\d+))?$/.exec(value) ?? [];
  const bytes = readRequired("#EXT-X-BYTERANGE", parseInteger(length));
  if (bytes === 0) throw invalidPlaylist("a byte range is empty");
  return {
    length: bytes,
    start: start === undefined ? undefined : readRequired("#EXT-X-BYTERANGE", parseInteger(start)),
  };
}

function readVector(value: string | undefined): Uint8Array | undefined {
  if (value === undefined) return undefined;
  const [, digits] = /^0x([\da-f]{1,32})$/i.exec(value) ?? [];
  return Buffer.from(readRequired("#EXT-X-KEY", digits).padStart(2 * ivBytes, "0"), "hex");
}
