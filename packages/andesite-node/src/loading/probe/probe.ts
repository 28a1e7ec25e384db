import type { Artwork, ByteSource, HlsOptions, MediaFacts } from "@asterite/audio/media";
import { decodeText, isHlsPlaylist, TrackError } from "@asterite/audio/media";
import type { Dialler } from "../../bytes/dialler.ts";
import { createHlsFetch } from "../../bytes/hls-fetch.ts";
import type { MediaLocation } from "../../bytes/media-location.ts";
import { openBytes } from "../../bytes/open-bytes.ts";
import { parseEmbeddedSheet } from "../cue-sheet.ts";
import { decodePlaylist, detectPlaylist, maxDetectionBytes, parsePlaylist } from "../playlists.ts";
import { peek, readPrefix } from "./bounded-bytes.ts";
import type { ProbeResult, ProbeSettings } from "./messages.ts";

/** Functions that read containers. They may close the bytes. */
export interface MediaReaders {
  /**
   * Reads the properties and tags of a track.
   *
   * @throws TrackError when the track cannot be played.
   */
  readonly readFacts: (bytes: ByteSource, signal: AbortSignal) => Promise<MediaFacts>;
  /**
   * Reads the properties of an HLS stream.
   *
   * @throws TrackError when the stream cannot be played.
   */
  readonly readHlsFacts: (url: string, options: HlsOptions) => Promise<MediaFacts>;
  /**
   * Reads the first embedded picture; undefined if there is none.
   *
   * @param maxBytes - Larger pictures are ignored.
   * @throws TrackError when the bytes cannot be read.
   */
  readonly readArtwork: (bytes: ByteSource, maxBytes: number) => Promise<Artwork | undefined>;
}

/** Dependencies of a probe. */
export interface ProbeContext {
  readonly settings: ProbeSettings;
  readonly dialler: Dialler;
  readonly readers: MediaReaders;
}

/**
 * Opens a location and reads the embedded picture; null if there is none.
 *
 * @throws TrackError; the signal's reason when it aborts.
 */
export async function probeArtwork(
  location: MediaLocation,
  { settings, dialler, readers }: ProbeContext,
  signal: AbortSignal,
): Promise<Artwork | null> {
  const { bytes: byteSettings, limits } = settings;
  const source = await openBytes(location, { ...byteSettings, dialler, signal });
  const close = (): void => source.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    signal.throwIfAborted();
    // The address of a file may have become that of a live stream.
    if (source.type === "live" && source.endless) return null;
    return (await readers.readArtwork(source, limits.artworkBytes)) ?? null;
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

/**
 * Opens a location and determines whether it is a track, a stream or a playlist.
 *
 * @throws TrackError; the signal's reason when it aborts.
 */
export async function probe(
  location: MediaLocation,
  context: ProbeContext,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const { settings, dialler, readers } = context;
  const { bytes: byteSettings, limits } = settings;
  const source = await openBytes(location, { ...byteSettings, dialler, signal });
  const close = (): void => source.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    signal.throwIfAborted();
    const { head, bytes } = await peek(source, maxDetectionBytes, limits.probeBytes);
    const format = detectPlaylist(head, bytes.contentType, pathOf(location));
    if (format !== null) {
      const prefix = await readPrefix(bytes, limits.playlistBytes + 1);
      const isCut = prefix.length > limits.playlistBytes;
      const text = decodePlaylist(prefix.subarray(0, limits.playlistBytes), decodeText);
      if (format === "m3u" && isHlsPlaylist(text)) {
        close();
        return await probeHls(location, context, signal);
      }
      return { type: "playlist", ...parsePlaylist(text, format, limits.playlistEntries, isCut) };
    }
    const facts = await readers.readFacts(bytes, signal);
    const isLive = source.type === "live";
    return {
      type: "media",
      facts: { ...facts, cueSheet: null },
      endless: isLive && source.endless,
      station: isLive ? source.station : null,
      parts: facts.cueSheet === null ? [] : parseEmbeddedSheet(facts.cueSheet),
    };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

/** Reads the first segments of an HLS stream. */
async function probeHls(
  location: MediaLocation,
  { settings, dialler, readers }: ProbeContext,
  signal: AbortSignal,
): Promise<ProbeResult> {
  if (location.type === "file")
    throw new TrackError("An HLS playlist is played from its address, and not from a file.", "COMMON");
  const fetch = createHlsFetch(location, dialler, settings.bytes);
  const facts = await readers.readHlsFacts(location.url, { fetch, signal });
  return { type: "media", facts, endless: facts.durationMs === null, station: null, parts: [] };
}

const pathOf = (location: MediaLocation): string =>
  location.type === "file" ? location.path : (URL.parse(location.url)?.pathname ?? "");
