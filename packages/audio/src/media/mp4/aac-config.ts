import { aacRates } from "../adts/frame-header.ts";

/** AAC core configuration that every decoder supports. */
export interface AacCore {
  /** AudioSpecificConfig of low complexity, without extensions. */
  readonly config: Uint8Array;
  /** Sample rate in Hz. */
  readonly sampleRate: number;
  readonly channels: number;
}

const lowComplexity = 2;
/** Object types of extensions (SBR, PS) over a core at half the rate. */
const extensions = [5, 29];

/**
 * Reads an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). Returns the core of an extended stream, which
 * plays without the highest frequencies, and undefined for other object types.
 */
export function readAacConfig(bytes: Uint8Array): AacCore | undefined {
  let at = 0;
  const read = (bits: number): number => {
    let sum = 0;
    for (const end = at + bits; at < end; at++)
      sum = sum * 2 + (((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
    return sum;
  };
  const readType = (): number => {
    const type = read(5);
    return type === 31 ? 32 + read(6) : type;
  };
  const readRate = (): number => {
    const index = read(4);
    return index === 15 ? read(24) : (aacRates[index] ?? 0);
  };
  let type = readType();
  const sampleRate = readRate();
  const configuration = read(4);
  if (extensions.includes(type)) {
    readRate();
    type = readType();
  }
  const shortFrames = read(1) === 1;
  const rateIndex = aacRates.indexOf(sampleRate);
  if (type !== lowComplexity || shortFrames || rateIndex < 0 || configuration < 1 || configuration > 7)
    return undefined;
  const bits = (lowComplexity << 11) | (rateIndex << 7) | (configuration << 3);
  const channels = configuration === 7 ? 8 : configuration;
  return { config: Uint8Array.of(bits >> 8, bits & 0xff), sampleRate, channels };
}
