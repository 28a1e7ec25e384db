import { adtsSyntax } from "../adts/frame-header.ts";
import type { ByteWindow } from "../byte-window.ts";
import { loasSyntax } from "../latm/loas-frame.ts";
import type { MediaLimits } from "../media-limits.ts";
import { mpegSyntax } from "../mpeg/frame-header.ts";
import type { PacketLayout } from "./packet-layout.ts";
import type { AudioStream } from "./tables.ts";
import { TransportDemuxer } from "./transport-demuxer.ts";

/** Last time stamp of a stream. */
export interface StreamEnd {
  readonly pts: number;
  /** Frames from there to the end. */
  readonly frames: number;
}

/** Bytes at the end of a file that are searched for the last time stamp; more where video takes most of them. */
const tails = [128 * 1024, 1024 * 1024, 8 * 1024 * 1024];

/** Finds the last time stamp of the audio; returns undefined if the end of the file contains none. */
export async function findEnd(
  window: ByteWindow,
  limits: MediaLimits,
  layout: PacketLayout,
  audio: AudioStream,
): Promise<StreamEnd | undefined> {
  const size = window.size ?? 0;
  for (const bytes of tails) {
    const from = Math.max(0, Math.floor((size - bytes) / layout.bytes)) * layout.bytes;
    const demuxer = new TransportDemuxer(window, limits, layout, from, audio);
    let pts: number | undefined;
    let parts: Uint8Array[] = [];
    for (let part = await demuxer.next(); part; part = await demuxer.next()) {
      if (part.isUnitStart) {
        pts = part.pts ?? pts;
        if (part.pts !== undefined) parts = [];
      }
      parts.push(part.data);
    }
    if (pts !== undefined) return { pts, frames: countFrames(Buffer.concat(parts), audio) };
    if (from === 0) break;
  }
  return undefined;
}

const syntaxes = { aac: adtsSyntax, latm: loasSyntax, mp3: mpegSyntax } as const;

/** Counts whole frames, from the first that begins in these bytes. */
function countFrames(data: Uint8Array, { codec }: AudioStream): number {
  const syntax = syntaxes[codec];
  let at = 0;
  while (at < data.length && !syntax.read(data, at)) at++;
  let count = 0;
  for (let header = syntax.read(data, at); header; header = syntax.read(data, at)) {
    at += header.bytes;
    if (at > data.length) break;
    count++;
  }
  return count;
}
