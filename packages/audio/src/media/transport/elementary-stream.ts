import { openAdts } from "../adts/adts-reader.ts";
import { openWindow } from "../byte-window.ts";
import { type LoasHeader, loasSyntax } from "../latm/loas-frame.ts";
import { openLoas } from "../latm/loas-reader.ts";
import type { MediaLimits } from "../media-limits.ts";
import { MpegReader } from "../mpeg/mpeg-reader.ts";
import type { PacketBatch, PacketReader } from "../packet-reader.ts";
import { noTags } from "../tags/tags.ts";
import { PartBytes } from "./part-bytes.ts";
import { StampedFrames } from "./stamped-frames.ts";
import type { AudioStream } from "./tables.ts";
import type { AudioPart, TransportDemuxer } from "./transport-demuxer.ts";

/** Frames of an audio stream. */
export interface ElementaryStream {
  readonly reader: PacketReader;
  /** The first frames. */
  readonly first: PacketBatch;
  /** All frames, with silence in small holes. */
  readonly frames: StampedFrames;
  /** Configuration of LATM, for places of the stream from which none follows soon. */
  readonly configuration?: LoasHeader;
  /** Seconds of LATM before the first configuration. */
  readonly skippedSeconds?: number;
}

/**
 * Opens the frames in the payloads of a demultiplexer; returns undefined if there are none.
 *
 * @param part - A part that was already read.
 * @param configuration - That of the stream, if it is known.
 */
export async function openElementaryStream(
  demuxer: TransportDemuxer,
  part: AudioPart | undefined,
  { codec }: AudioStream,
  limits: MediaLimits,
  configuration?: LoasHeader,
): Promise<ElementaryStream | undefined> {
  const parts = new PartBytes(demuxer, part);
  const window = openWindow(parts.bytes);
  const origin = { window, limits, tags: noTags };
  if (codec === "latm") {
    const stream = await openLoas(origin, 0, configuration);
    const batch = await stream?.reader.read();
    if (!stream || !batch) return undefined;
    const { reader, skippedFrames } = stream;
    const skippedSeconds = skippedFrames * loasSyntax.secondsOf(reader.header);
    const frames = new StampedFrames(reader, batch, parts);
    return { reader, first: batch, frames, configuration: reader.header, skippedSeconds };
  }
  const reader =
    codec === "mp3" ? await MpegReader.open(window, limits, 0, noTags) : await openAdts(origin, 0);
  const first = await reader?.read();
  return reader && first && { reader, first, frames: new StampedFrames(reader, first, parts) };
}
