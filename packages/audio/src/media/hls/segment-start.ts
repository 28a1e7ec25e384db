import { bytesOfPieces } from "../byte-source.ts";
import { openWindow } from "../byte-window.ts";
import { mediaLimits } from "../media-limits.ts";
import { TrackError } from "../track-error.ts";
import { detectLayout, layoutBytes } from "../transport/packet-layout.ts";
import { ticksPerSecond } from "../transport/pes.ts";
import { TransportDemuxer } from "../transport/transport-demuxer.ts";

/** Owner of the frame with the time stamp in front of packed audio (RFC 8216, section 3.4). */
const stampOwner = Buffer.from("com.apple.streaming.transportStreamTimestamp\0");
/** Bytes of a tag in which that frame is looked for. */
const tagBytes = 4_096;
/** Bytes of a transport stream in which the first time stamp is looked for, without a pause for other work. */
const streamBytes = 256 * 1024;
/** Time in s after which time stamps of 33 bits begin again. */
const wrapSeconds = 2 ** 33 / ticksPerSecond;

/**
 * Returns the time stamp in s at which a segment of a transport stream or of packed audio begins; undefined without one near its
 * start.
 */
export async function readSegmentStart(bytes: Uint8Array): Promise<number | undefined> {
  const layout = detectLayout(bytes.subarray(0, layoutBytes));
  if (layout) {
    const pieces = [bytes.subarray(0, streamBytes)];
    const window = openWindow(bytesOfPieces(() => Promise.resolve(pieces.shift())));
    const demuxer = new TransportDemuxer(window, mediaLimits, layout);
    try {
      for (let part = await demuxer.next(); part; part = await demuxer.next())
        if (part.pts !== undefined) return part.pts / ticksPerSecond;
    } catch (error) {
      // Without audio there is no time stamp.
      if (!(error instanceof TrackError)) throw error;
    } finally {
      window.close();
    }
    return undefined;
  }
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, tagBytes));
  const at = head.toString("latin1", 0, 3) === "ID3" ? head.indexOf(stampOwner) : -1;
  const stampAt = at + stampOwner.length;
  if (at < 0 || stampAt + 8 > head.length) return undefined;
  return Number(head.readBigUInt64BE(stampAt) & (2n ** 33n - 1n)) / ticksPerSecond;
}

/** Returns the time in s from one time stamp to another, which may have begun again in between. */
export function secondsBetween(from: number, to: number): number {
  const seconds = to - from;
  return seconds < -wrapSeconds / 2 ? seconds + wrapSeconds : seconds;
}
