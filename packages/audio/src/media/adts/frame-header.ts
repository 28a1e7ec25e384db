import { aacRates } from "../aac/aac-config.ts";
import type { FrameHeader, FrameSyntax } from "../frames/frame-walker.ts";

/** Header of an AAC frame (ISO/IEC 13818-7, 6.2). */
export interface AdtsHeader extends FrameHeader {
  /** Audio object type minus one. */
  readonly profile: number;
  /** Index into {@link aacRates}. */
  readonly rateIndex: number;
  /** Channel configuration of the standard: 1 to 6 are that many channels, 7 is eight, 0 a layout in the
   * first packet. */
  readonly channelConfiguration: number;
  /** Offset of the packet. */
  readonly dataAt: number;
}

/** Samples per frame. */
const frameSamples = 1_024;

/** Frame syntax of ADTS. */
export const adtsSyntax: FrameSyntax<AdtsHeader> = {
  firstByte: 0xff,
  headerBytes: 7,
  read: (bytes, at) => {
    const byte = (index: number): number => bytes[at + index] ?? 0;
    if (byte(0) !== 0xff || (byte(1) & 0xf6) !== 0xf0) return undefined;
    const dataAt = byte(1) & 1 ? 7 : 9;
    const rateIndex = (byte(2) >> 2) & 15;
    const channelConfiguration = ((byte(2) & 1) << 2) | (byte(3) >> 6);
    const length = ((byte(3) & 3) << 11) | (byte(4) << 3) | (byte(5) >> 5);
    // The standard allows several packets in one frame; encoders never write them.
    const isValid = rateIndex < aacRates.length && length > dataAt && (byte(6) & 3) === 0;
    return isValid
      ? { bytes: length, profile: byte(2) >> 6, rateIndex, channelConfiguration, dataAt }
      : undefined;
  },
  isSameStream: (a, b) =>
    a.profile === b.profile &&
    a.rateIndex === b.rateIndex &&
    a.channelConfiguration === b.channelConfiguration,
  isRare: () => false,
  secondsOf: ({ rateIndex }) => frameSamples / (aacRates[rateIndex] ?? 1),
};
