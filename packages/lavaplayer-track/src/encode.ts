import { TrackFormatError } from "./errors.ts";
import { MessageOutput, versionedFlag } from "./message.ts";
import { type AudioSource, getSource } from "./sources.ts";
import { Track, type TrackInit, type TrackSource, type TrackVersion } from "./track.ts";
import { Writer } from "./writer.ts";

/** Options of {@link encodeTrack}. */
export interface EncodeOptions {
  /**
   * Layout version to write. Fields that the version does not have are omitted. Default: the track's own, or
   * 2.
   */
  readonly version?: TrackVersion | null | undefined;
  /**
   * Returns the source for a name, to support plug-ins whose details have a known form. Default: {@link
   * getSource}.
   */
  readonly getSource?: ((name: string) => AudioSource) | null | undefined;
}

/**
 * Encodes a track as padded base64. Encoding a decoded track returns the original string, if lavaplayer or an
 * equivalent encoder wrote it.
 *
 * @throws TrackFormatError naming the field that cannot be encoded.
 */
export function encodeTrack(track: TrackInit, options?: EncodeOptions | null): string {
  const output = new MessageOutput();
  encodeMessage(output, track, options);
  return output.toString();
}

/**
 * Encodes a track as a message of a stream.
 *
 * @throws TrackFormatError naming the field that cannot be encoded.
 */
export function encodeMessage(output: MessageOutput, init: TrackInit, options?: EncodeOptions | null): void {
  const track = init instanceof Track ? init : new Track(init);
  const { info, source } = track;
  const version = options?.version ?? track.version;
  if (version !== 1 && version !== 2 && version !== 3) {
    throw new TrackFormatError("UNSUPPORTED_VERSION", "version", `${version} is not 1, 2 or 3`);
  }
  // Only version 1 may be written without a version byte.
  const flags = version === 1 ? track.flags & 3 : (track.flags & 3) | versionedFlag;
  const body = new Writer();
  if ((flags & versionedFlag) !== 0) body.writeByte(version);
  body.writeText(info.title, "title");
  body.writeText(info.author, "author");
  body.writeLong(info.lengthMs, "length");
  body.writeText(info.identifier, "identifier");
  body.writeBoolean(info.isStream);
  if (version >= 2) body.writeOptionalText(info.uri, "uri");
  if (version >= 3) {
    body.writeOptionalText(info.artworkUrl, "artworkUrl");
    body.writeOptionalText(info.isrc, "isrc");
  }
  body.writeText(source.name, "source");
  writeDetails(body, source, (options?.getSource ?? getSource)(source.name));
  body.writeLong(track.positionMs, "position");
  output.addMessage(body, flags);
}

function writeDetails(body: Writer, { probe, details }: TrackSource, source: AudioSource): void {
  if (source.details === "opaque") {
    body.writeBytes(details, "details");
  } else if (source.details === "probe") {
    if (typeof probe?.name !== "string") {
      throw new TrackFormatError("MISSING_SOURCE_DETAILS", "probe", `is required for source ${source.name}`);
    }
    if (probe.name.includes("|")) {
      throw new TrackFormatError("MISSING_SOURCE_DETAILS", "probe", "must not have a name that contains |");
    }
    const { name, parameters } = probe;
    body.writeText(typeof parameters === "string" ? `${name}|${parameters}` : name, "probe");
  }
}
