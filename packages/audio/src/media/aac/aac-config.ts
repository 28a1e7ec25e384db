import { BitReader } from "../bit-reader.ts";
import { type AacLayout, aacLayout, readAacLayout } from "./aac-layout.ts";

/** Configuration of an AAC stream of low complexity, or of the core of one with extensions. */
export interface AacConfig extends AacLayout {
  /** Index of the sample rate in {@link aacRates}. */
  readonly rateIndex: number;
  /** Whether spectral band replication doubles the sample rate and the samples of a packet. */
  readonly isReplicated?: boolean;
}

/** Sample rates in Hz by index. */
export const aacRates: readonly number[] = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];

/**
 * Returns the format of the packets of a configuration. One channel with spectral band replication becomes two, as
 * only packets show whether they hold parametric stereo.
 */
export const aacFormat = (config: AacConfig) => ({
  codec: "aac" as const,
  sampleRate: (aacRates[config.rateIndex] ?? 0) * (config.isReplicated ? 2 : 1),
  channels: config.isReplicated ? Math.max(2, config.order.length) : config.order.length,
  config,
});

/** Returns the samples that a packet decodes to. */
export const aacPacketSamples = ({ isReplicated }: AacConfig): number => (isReplicated ? 2_048 : 1_024);

/**
 * Returns the samples before a seek target from which packets are decoded: one packet fills the overlap, and headers
 * of spectral band replication come twice a second.
 */
export const aacPreRoll = (config: AacConfig): number => (config.isReplicated ? 24 * 2_048 : 2_048);

const lowComplexity = 2;
/** Object types of extensions over a core: spectral band replication, and parametric stereo on top of it. */
const extensions = [5, 29];
/** Announces an extension after the configuration of the core. */
const extensionMark = { bits: 11, value: 0x2b7 } as const;

/**
 * Reads an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). Returns undefined for object types other than
 * low complexity and its extensions. Replication that keeps the sample rate of the core is computed at twice that rate.
 */
export function readAacConfig(bytes: Uint8Array): AacConfig | undefined {
  const reader = new BitReader();
  reader.load(bytes);
  return readAacConfigFrom(reader, true);
}

/**
 * Reads an AudioSpecificConfig as {@link readAacConfig} does, and leaves the reader behind it.
 *
 * @param hasLength - Whether it ends with the bits: an extension may then follow the core.
 */
export function readAacConfigFrom(reader: BitReader, hasLength: boolean): AacConfig | undefined {
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
  let isReplicated = extensions.includes(type);
  if (isReplicated) {
    readRate();
    type = readType();
  }
  const hasShortFrames = reader.read(1) === 1;
  // The delay of a core coder, and the flag of an extension.
  if (reader.read(1) === 1) reader.position += 14;
  const isExtended = reader.read(1) === 1;
  if (type !== lowComplexity || hasShortFrames || aacRates[rateIndex] === undefined) return undefined;
  const layout = configuration === 0 ? readAacLayout(reader) : aacLayout(configuration);
  if (isExtended) reader.position++;
  const hasMark =
    hasLength &&
    reader.position + 17 <= reader.end &&
    reader.read(extensionMark.bits) === extensionMark.value;
  if (hasMark && extensions.includes(readType()) && reader.read(1) === 1) isReplicated = true;
  return layout && { rateIndex, ...(isReplicated ? { isReplicated } : {}), ...layout };
}
