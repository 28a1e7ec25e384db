import { setImmediate as nextTurn } from "node:timers/promises";
import { bytesOfPieces } from "../byte-source.ts";
import { type MediaLimits, mediaLimits } from "../media-limits.ts";
import { openReader } from "../open-reader.ts";
import { TrackError } from "../track-error.ts";
import { detectLayout, layoutBytes } from "../transport/packet-layout.ts";
import { readSegmentStart } from "./segment-start.ts";

/** Bytes between which other work of the thread is done. */
const pieceBytes = 64 * 1024;

/** Limits of a segment, of which no part is too damaged to look for the next packet behind it. */
const limits: MediaLimits = { ...mediaLimits, maxDamageBytes: Number.MAX_SAFE_INTEGER };

/** Audio in a segment. */
export interface SegmentAudio {
  /** Duration in s of its packets. */
  readonly seconds: number;
  /** Duration in s of a packet. */
  readonly packetSeconds: number;
  /** Time stamp in s at which it begins; undefined without one. */
  readonly start: number | undefined;
}

/**
 * Measures the audio in a segment by its packets. Returns undefined if a segment of a transport stream does not tell: its tables
 * may be in another one, and segments of nothing but video have no audio.
 *
 * @param map - Initialisation section.
 * @throws TrackError if the bytes are not supported audio.
 */
export async function measureSegment(
  map: Uint8Array | undefined,
  bytes: Uint8Array,
): Promise<SegmentAudio | undefined> {
  const whole = map ? Buffer.concat([map, bytes]) : bytes;
  let at = 0;
  let seconds = 0;
  let packetSeconds = 0;
  let start: number | undefined;
  const nextPiece = async (): Promise<Uint8Array | undefined> => {
    if (at > 0) await nextTurn();
    const piece = whole.subarray(at, at + pieceBytes);
    at += piece.length;
    return piece.length > 0 ? piece : undefined;
  };
  try {
    const reader = await openReader(bytesOfPieces(nextPiece), limits);
    try {
      for (let batch = await reader.read(); batch; batch = await reader.read())
        for (const packet of batch.packets) {
          packetSeconds ||= packet.samples / batch.format.sampleRate;
          // Times of other containers count from the start of the segment.
          if (reader.facts.container === "mp4") start ??= packet.start / batch.format.sampleRate;
          seconds += packet.samples / batch.format.sampleRate;
        }
    } finally {
      reader.close();
    }
  } catch (error) {
    if (!(error instanceof TrackError)) throw error;
    // Damage at the end of a segment leaves what is in front of it.
    if (seconds === 0 && detectLayout(bytes.subarray(0, layoutBytes))) return undefined;
    if (seconds === 0) throw error;
  }
  return { seconds, packetSeconds, start: start ?? (await readSegmentStart(bytes)) };
}
