import { readData } from "./binary.ts";
import { TrackFormatError } from "./errors.ts";
import { type Message, maxBodyBytes, versionedFlag } from "./message.ts";
import { Reader } from "./reader.ts";
import { type AudioSource, getSource } from "./sources.ts";
import { type Probe, Track, TrackInfo, type TrackSource, type TrackVersion } from "./track.ts";

/** Options of {@link decodeTrack}. */
export interface DecodeOptions {
  /** Layout version to assume. Default: the version stated in the message. */
  readonly version?: TrackVersion | null | undefined;
  /**
   * Returns the source for a name, to support plug-ins whose details have a known form. Default: {@link
   * getSource}.
   */
  readonly getSource?: ((name: string) => AudioSource) | null | undefined;
}

const noDetails = new Uint8Array();

/**
 * Decodes a track from base64, or from the bytes of a message.
 *
 * Like lavaplayer, ignores bytes after the message, and bytes after the position if the form of the source's
 * details is known. Time and memory are proportional to the size of the data, not to sizes stated in it.
 *
 * @throws TrackFormatError for malformed data. No other error is thrown.
 */
export function decodeTrack(data: string | Uint8Array, options?: DecodeOptions | null): Track {
  const binary = readData(data);
  const header = new Reader(binary).readInt("header");
  const size = header & maxBodyBytes;
  if (size === 0) throw new TrackFormatError("EMPTY", "header", "is the end marker, not a track");
  if (size > binary.length - 4) {
    throw new TrackFormatError(
      "TRUNCATED",
      "header",
      `states ${size} bytes, but ${binary.length - 4} follow`,
    );
  }
  return decodeMessage({ flags: header >>> 30, reader: new Reader(binary, 4, 4 + size) }, options);
}

/**
 * Decodes a track from a message of a {@link MessageInput}.
 *
 * @throws TrackFormatError for malformed data.
 */
export function decodeMessage({ flags, reader }: Message, options?: DecodeOptions | null): Track {
  const stated = (flags & versionedFlag) === 0 ? 1 : reader.readByte("version");
  const version = options?.version ?? stated;
  if (version !== 1 && version !== 2 && version !== 3) {
    throw new TrackFormatError("UNSUPPORTED_VERSION", "version", `${version} is not 1, 2 or 3`);
  }
  // The properties are evaluated in the order of the fields on the wire.
  const info = new TrackInfo({
    title: reader.readText("title"),
    author: reader.readText("author"),
    lengthMs: reader.readLong("length"),
    identifier: reader.readText("identifier"),
    isStream: reader.readBoolean("isStream"),
    uri: version >= 2 ? reader.readOptionalText("uri") : null,
    artworkUrl: version >= 3 ? reader.readOptionalText("artworkUrl") : null,
    isrc: version >= 3 ? reader.readOptionalText("isrc") : null,
  });
  const source = readSource(reader, options?.getSource ?? getSource);
  return new Track({ version, flags, info, source, positionMs: reader.readLong("position") });
}

function readSource(reader: Reader, find: (name: string) => AudioSource): TrackSource {
  const name = reader.readText("source");
  const { details } = find(name);
  if (details === "none") return { name, probe: null, details: noDetails };
  if (details === "probe") return { name, probe: parseProbe(reader.readText("probe")), details: noDetails };
  // The form of the details is unknown, but the position is always the last eight bytes.
  const length = reader.remaining - 8;
  return { name, probe: null, details: length > 0 ? reader.readBytes(length, "details") : noDetails };
}

function parseProbe(text: string): Probe {
  const bar = text.indexOf("|");
  if (bar < 0) return { name: text, parameters: null };
  return { name: text.slice(0, bar), parameters: text.slice(bar + 1) };
}
