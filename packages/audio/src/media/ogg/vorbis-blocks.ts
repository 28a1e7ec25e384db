/** Packet lengths of a Vorbis stream, from its headers. */
export interface VorbisBlocks {
  /** Granularity: every sum of lengths is a multiple of this. */
  readonly grid: number;
  /**
   * Returns the samples of a packet, given the previous packet with audio; 0 for the first one and for packets
   * without audio.
   */
  samples(packet: Uint8Array, before: Uint8Array | undefined): number;
}

/** Whether a packet has audio. Decoders skip others, so that their neighbours overlap. */
export const isVorbisAudio = (packet: Uint8Array): boolean =>
  packet.length > 0 && ((packet[0] ?? 1) & 1) === 0;

/**
 * Reads the block size flag of each mode. The modes are at the end of the setup header, after tables of
 * unknown length, so they are parsed backwards: each has 1 bit for its length, 32 zero bits, and 8 bits
 * (Vorbis I, 4.2.4).
 */
function readModes(setup: Uint8Array): boolean[] | undefined {
  const bit = (at: number): number => ((setup[at >> 3] ?? 0) >> (at & 7)) & 1;
  const number = (at: number, bits: number): number => {
    let sum = 0;
    for (let index = bits - 1; index >= 0; index--) sum = sum * 2 + bit(at + index);
    return sum;
  };
  let framing = setup.length * 8 - 1;
  while (framing > 0 && bit(framing) === 0) framing--;
  const long: boolean[] = [];
  let best: boolean[] | undefined;
  for (let at = framing; at >= 41 + 6 && long.length < 64; ) {
    at -= 41;
    if (number(at + 1, 32) !== 0 || number(at + 33, 8) > 63) break;
    long.unshift(bit(at) === 1);
    if (number(at - 6, 6) + 1 === long.length) best = [...long];
  }
  return best;
}

/** Reads the identification and setup headers; returns undefined if they are damaged. */
export function readVorbisBlocks(identification: Uint8Array, setup: Uint8Array): VorbisBlocks | undefined {
  const sizes = identification[28] ?? 0;
  const [short, long] = [2 ** (sizes & 15), 2 ** (sizes >> 4)];
  const modes = readModes(setup);
  if (!modes || short < 64 || long > 8_192 || short > long) return undefined;
  const modeBits = 32 - Math.clz32(modes.length - 1);
  const size = (packet: Uint8Array): number => {
    if (!isVorbisAudio(packet)) return 0;
    return modes[((packet[0] ?? 0) >> 1) & (2 ** modeBits - 1)] ? long : short;
  };
  return {
    grid: short / 4,
    samples: (packet, before) => {
      const [now, last] = [size(packet), before ? size(before) : 0];
      return now > 0 && last > 0 ? (now + last) / 4 : 0;
    },
  };
}
