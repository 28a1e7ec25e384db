import { opusFrameSamples, silentOpusFrame } from "./opus-packet.ts";
import type { Packet, PacketFormat } from "./packet-reader.ts";

/** Share of a packet from which on time stamps tell of a missing one: below, they are rounded or jitter. */
const leastShare = 0.75;
/** Packets, and time in s, up to which a hole is small: a packet may begin in one segment and end in the next. */
const small = { packets: 2.5, seconds: 0.1 };

/** Returns the length in s up to which a hole is filled where it is; larger ones may be jumps of the time stamps. */
export const smallHoleSeconds = (packetSeconds: number): number =>
  Math.max(small.packets * packetSeconds, small.seconds);

/** Returns the number of whole packets that are missing in a time in s; 0 if it is none, or more than a small hole. */
export function countMissing(seconds: number, packetSeconds: number): number {
  if (!(packetSeconds > 0) || seconds < leastShare * packetSeconds) return 0;
  return seconds > smallHoleSeconds(packetSeconds) ? 0 : Math.max(1, Math.round(seconds / packetSeconds));
}

const nothing = new Uint8Array(0);

/**
 * Returns packets in the place of missing ones, which are silent.
 *
 * @param start - Sample at which they begin.
 * @param packetSamples - Samples of each of them.
 */
export function missingPackets(
  { codec }: PacketFormat,
  start: number,
  count: number,
  packetSamples: number,
): Packet[] {
  // Opus may be passed on as it is.
  const [data, samples, packets] =
    codec === "opus"
      ? [silentOpusFrame, opusFrameSamples, Math.round((count * packetSamples) / opusFrameSamples)]
      : [nothing, packetSamples, count];
  return Array.from({ length: packets }, (_, index) => ({
    data,
    start: start + index * samples,
    samples,
    isMissing: true,
  }));
}
