import { AdtsReader } from "../adts/adts-reader.ts";
import { bytesOfPieces, type LiveBytes } from "../byte-source.ts";
import { openWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import { MpegReader } from "../mpeg/mpeg-reader.ts";
import type { PacketBatch, PacketReader } from "../packet-reader.ts";
import { noTags } from "../tags/tags.ts";
import type { AudioStream } from "./tables.ts";
import type { AudioPart, TransportDemuxer } from "./transport-demuxer.ts";

/** Frames of an audio stream. */
export interface ElementaryStream {
  readonly reader: PacketReader;
  /** The first frames, which the reader does not return again. */
  readonly first: PacketBatch;
}

/**
 * Opens the frames in the payloads of a demultiplexer; returns undefined if there are none.
 *
 * @param part - A part that was already read.
 */
export async function openElementaryStream(
  demuxer: TransportDemuxer,
  part: AudioPart | undefined,
  { codec }: AudioStream,
  limits: MediaLimits,
): Promise<ElementaryStream | undefined> {
  const window = openWindow(toBytes(demuxer, part));
  const reader = await (codec === "aac" ? AdtsReader : MpegReader).open(window, limits, 0, noTags);
  const first = await reader?.read();
  return reader && first && { reader, first };
}

function toBytes(demuxer: TransportDemuxer, part: AudioPart | undefined): LiveBytes {
  let pending = part;
  return bytesOfPieces(async () => {
    const next = pending ?? (await demuxer.next());
    pending = undefined;
    return next?.data;
  });
}
