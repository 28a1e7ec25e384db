import { BitReader } from "../bit-reader.ts";
import { type AacLayout, aacLayout, readAacLayout } from "./aac-layout.ts";

/** Configuration of an AAC stream of low complexity, or of the core of one with extensions. */
export interface AacConfig extends AacLayout {
  /** Index of the sample rate in {@link aacRates}. */
  readonly rateIndex: number;
}

/** Sample rates in Hz by index. */
export const aacRates: readonly number[] = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];

/** Returns the format of the packets of a configuration. */
export const aacFormat = (config: AacConfig) => ({
  codec: "aac" as const,
  sampleRate: aacRates[config.rateIndex] ?? 0,
  channels: config.order.length,
  config,
});

const lowComplexity = 2;
/** Object types of extensions (SBR, PS) over a core at half the rate. */
const extensions = [5, 29];

/**
 * Reads an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). Returns the core of an extended stream, which
 * plays without the highest frequencies, and undefined for other object types.
 */
export function readAacConfig(bytes: Uint8Array): AacConfig | undefined {
  const reader = new BitReader();
  reader.load(bytes);
  const readType = (): number => {
    const type = reader.read(5);
    return type === 31 ? 32 + reader.read(6) : type;
  };
  const readRate = (): number => {
    const index = reader.read(4);
    return index === 15 ? aacRates.indexOf(reader.read(24)) : index;
  };
  let type = readType();
  const rateIndex = readRate();
  const configuration = reader.read(4);
  if (extensions.includes(type)) {
    readRate();
    type = readType();
  }
  const hasShortFrames = reader.read(1) === 1;
  // The delay of a core coder, and the flag of an extension.
  if (reader.read(1) === 1) reader.position += 14;
  reader.position++;
  if (type !== lowComplexity || hasShortFrames || aacRates[rateIndex] === undefined) return undefined;
  const layout = configuration === 0 ? readAacLayout(reader) : aacLayout(configuration);
  return layout && { rateIndex, ...layout };
}
