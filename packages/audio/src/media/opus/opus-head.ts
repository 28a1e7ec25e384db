import { opusRate } from "../opus-packet.ts";
import type { OpusFormat, OpusStreams } from "../packet-reader.ts";
import { TrackError } from "../track-error.ts";
import { vorbisOrders } from "../vorbis-order.ts";

/** Configuration of an Opus track. */
export interface OpusHead {
  readonly format: OpusFormat;
  /** Encoder delay in samples. */
  readonly preSkip: number;
}

/** Channel mapping families (RFC 7845, section 5.1.1): channels of speakers, and numbered channels. */
const families = { plain: 0, speakers: 1, numbered: 255 } as const;
/** Value of the mapping for a channel without a stream. */
export const silentChannel = 255;

/** Reads the mapping table. Returns undefined if it is damaged. */
function readStreams(family: number, channels: number, table: Uint8Array): OpusStreams | undefined {
  const [count = 0, coupled = 0] = table;
  const coded = table.subarray(2, 2 + channels);
  const isComplete = count > 0 && coupled <= count && coded.length === channels;
  if (!isComplete || coded.some((place) => place !== silentChannel && place >= count + coupled))
    return undefined;
  const order = (family === families.speakers && vorbisOrders[channels]) || [...coded.keys()];
  return { count, coupled, mapping: order.map((channel) => coded[channel] ?? silentChannel) };
}

/** Returns whether the packets are the same without a mapping. */
const isPlain = (channels: number, { count, coupled, mapping }: OpusStreams): boolean =>
  count === 1 && coupled === channels - 1 && mapping.every((place, channel) => place === channel);

/**
 * Reads the configuration that Ogg (`OpusHead`, little-endian), Matroska and MP4 (`dOps`, big-endian) contain.
 *
 * @param head - The bytes behind the version.
 * @returns Undefined if it is damaged.
 * @throws TrackError for a mapping family whose channels are not those of speakers.
 */
export function readOpusHead(head: Buffer, isBigEndian = false): OpusHead | undefined {
  if (head.length < 10) return undefined;
  const channels = head.readUInt8(0);
  const preSkip = isBigEndian ? head.readUInt16BE(1) : head.readUInt16LE(1);
  const gainDb = (isBigEndian ? head.readInt16BE(7) : head.readInt16LE(7)) / 256;
  const family = head.readUInt8(9);
  const format = { codec: "opus", sampleRate: opusRate, channels, gainDb } as const;
  if (family === families.plain) return channels <= 2 ? { format, preSkip } : undefined;
  if (family !== families.speakers && family !== families.numbered)
    throw new TrackError(`Opus with channel mapping family ${family} is not supported.`, "COMMON");
  const streams = readStreams(family, channels, head.subarray(10));
  if (!streams) return undefined;
  return { format: isPlain(channels, streams) ? format : { ...format, streams }, preSkip };
}
