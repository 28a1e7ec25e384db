/** Header of a FLAC frame (RFC 9639, section 9.1). */
export interface FlacFrameHeader {
  /** Samples per channel. */
  readonly samples: number;
  /** Number of the frame, or of its first sample; constant within a stream. */
  readonly number: number;
  /** Whether {@link number} counts samples. */
  readonly countsSamples: boolean;
  readonly channels: number;
  /** Channel code: from 8, one of two channels is their difference. */
  readonly assignment: number;
  /** Bits of a sample; 0 if they are those of the stream. */
  readonly sampleBits: number;
  /** Length of the header in bytes. */
  readonly bytes: number;
}

/** Bits of a sample by code; the fourth is reserved. */
const sampleSizes: readonly number[] = [0, 8, 12, -1, 16, 20, 24, 32];

/** Maximum length of a header in bytes. */
export const maxFlacHeaderBytes = 16;

const table8 = Uint8Array.from({ length: 256 }, (_, index) => {
  let sum = index;
  for (let bit = 0; bit < 8; bit++) sum = sum & 0x80 ? (sum << 1) ^ 0x07 : sum << 1;
  return sum & 0xff;
});
const table16 = Uint16Array.from({ length: 256 }, (_, index) => {
  let sum = index << 8;
  for (let bit = 0; bit < 8; bit++) sum = sum & 0x8000 ? (sum << 1) ^ 0x8005 : sum << 1;
  return sum & 0xffff;
});
const pushZero = (sum: number): number => ((sum << 8) & 0xffff) ^ (table16[sum >> 8] ?? 0);
/** Checksums of a byte that is followed by one, two and three zeros: four bytes are summed at once. */
const table16Plus1 = table16.map(pushZero);
const table16Plus2 = table16Plus1.map(pushZero);
const table16Plus3 = table16Plus2.map(pushZero);

/** Continues the checksum of a frame; it is 0 over a frame including its checksum. */
export function crc16(bytes: Uint8Array, from: number, to: number, start = 0): number {
  let sum = start;
  let index = from;
  for (; index + 4 <= to; index += 4)
    sum =
      (table16Plus3[(bytes[index] ?? 0) ^ (sum >> 8)] ?? 0) ^
      (table16Plus2[(bytes[index + 1] ?? 0) ^ (sum & 0xff)] ?? 0) ^
      (table16Plus1[bytes[index + 2] ?? 0] ?? 0) ^
      (table16[bytes[index + 3] ?? 0] ?? 0);
  for (; index < to; index++) sum = ((sum << 8) & 0xffff) ^ (table16[(sum >> 8) ^ (bytes[index] ?? 0)] ?? 0);
  return sum;
}

/** Reads the header at an offset; returns undefined if there is none. */
export function readFlacFrameHeader(bytes: Uint8Array, at: number): FlacFrameHeader | undefined {
  const byte = (index: number): number => bytes[at + index] ?? 0;
  if (byte(0) !== 0xff || (byte(1) & 0xfe) !== 0xf8) return undefined;
  const [sizeCode, rateCode, channelCode] = [byte(2) >> 4, byte(2) & 15, byte(3) >> 4];
  const sampleBits = sampleSizes[(byte(3) >> 1) & 7] ?? 0;
  if (sizeCode === 0 || rateCode === 15 || channelCode > 10 || sampleBits < 0 || byte(3) & 1)
    return undefined;
  // The number is coded like a UTF-8 character, up to 36 bits.
  const lead = byte(4);
  const ones = Math.clz32(~(lead << 24));
  if (ones === 1 || ones > 7) return undefined;
  const follow = ones === 0 ? 0 : ones - 1;
  let number = ones === 0 ? lead : lead & (0x7f >> ones);
  for (let index = 0; index < follow; index++) {
    if ((byte(5 + index) & 0xc0) !== 0x80) return undefined;
    number = number * 64 + (byte(5 + index) & 0x3f);
  }
  let place = 5 + follow;
  let samples: number;
  if (sizeCode === 1) samples = 192;
  else if (sizeCode <= 5) samples = 144 << sizeCode;
  else if (sizeCode === 6) samples = byte(place++) + 1;
  else if (sizeCode === 7) {
    samples = byte(place) * 256 + byte(place + 1) + 1;
    place += 2;
  } else samples = 1 << sizeCode;
  place += rateCode === 12 ? 1 : rateCode > 12 ? 2 : 0;
  if (at + place >= bytes.length) return undefined;
  let sum = 0;
  for (let index = 0; index < place; index++) sum = table8[sum ^ byte(index)] ?? 0;
  if (sum !== byte(place)) return undefined;
  const channels = channelCode < 8 ? channelCode + 1 : 2;
  return {
    samples,
    number,
    countsSamples: (byte(1) & 1) === 1,
    channels,
    assignment: channelCode,
    sampleBits,
    bytes: place + 1,
  };
}
