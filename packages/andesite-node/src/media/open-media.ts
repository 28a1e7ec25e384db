import type { ByteSource } from "../bytes/byte-source.ts";
import { TrackError } from "../errors.ts";
import { type ByteWindow, openWindow } from "./byte-window.ts";
import { FlacReader } from "./flac/flac-reader.ts";
import { checkFormat, type MediaLimits, mediaLimits } from "./media-limits.ts";
import type { MediaFacts, MediaStream } from "./media-stream.ts";
import { MpegReader } from "./mpeg/mpeg-reader.ts";
import { OggReader } from "./ogg/ogg-reader.ts";
import type { PacketReader } from "./packet-reader.ts";
import { PacketStream } from "./packet-stream.ts";
import { WavReader } from "./wav/wav-reader.ts";

/** How tracks are opened. */
export interface MediaOptions {
  /** What a file may cost; those left out have their {@link mediaLimits | defaults}. */
  readonly limits?: Partial<MediaLimits>;
}

const openers: readonly [
  is: (head: Buffer) => boolean,
  open: (window: ByteWindow, limits: MediaLimits) => Promise<PacketReader | undefined>,
][] = [
  [(head) => head.toString("latin1", 0, 4) === "OggS", OggReader.open],
  [(head) => head.toString("latin1", 0, 4) === "fLaC", FlacReader.open],
  [(head) => ["RIFF", "RIFX", "RF64"].includes(head.toString("latin1", 0, 4)), WavReader.open],
];

async function openReader(window: ByteWindow, limits: MediaLimits): Promise<PacketReader | undefined> {
  window.limit(limits.maxProbeBytes);
  const head = Buffer.from(await window.at(0, 16));
  const opener = openers.find(([is]) => is(head));
  const reader = opener ? await opener[1](window, limits) : await MpegReader.open(window, limits);
  window.limit(Number.POSITIVE_INFINITY);
  return reader;
}

/**
 * Opens a track. Closes the bytes if it cannot; else {@link MediaStream.close} does.
 *
 * @throws TrackError where it is no audio that can be read.
 */
export async function openMedia(bytes: ByteSource, options: MediaOptions = {}): Promise<MediaStream> {
  const limits = { ...mediaLimits, ...options.limits };
  const window = openWindow(bytes);
  try {
    const reader = await openReader(window, limits);
    if (!reader) throw new TrackError("Unknown file format.", "COMMON");
    checkFormat(reader.facts, limits);
    return new PacketStream(reader, limits);
  } catch (error) {
    window.close();
    throw error;
  }
}

/**
 * Reads what a file says about itself, without decoding any of it, and closes the bytes.
 *
 * @throws TrackError as {@link openMedia}.
 */
export async function readFacts(bytes: ByteSource, options: MediaOptions = {}): Promise<MediaFacts> {
  const stream = await openMedia(bytes, options);
  stream.close();
  return stream.facts;
}
