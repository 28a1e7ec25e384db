/** First metadata block of a FLAC stream (RFC 9639, section 8.2). */
export interface FlacStreamInfo {
  /** Samples per frame if constant, otherwise 0. */
  readonly blockSamples: number;
  /** Maximum frame length in bytes; 0 if unknown. */
  readonly maxFrameBytes: number;
  readonly sampleRate: number;
  readonly channels: number;
  /** Bits of a sample. */
  readonly bits: number;
  /** Samples of the stream; null if unknown. */
  readonly length: number | null;
}

/** Length of the block in bytes. */
export const streamInfoBytes = 34;

/** Reads the block; returns undefined if it is invalid. */
export function readStreamInfo(bytes: Uint8Array): FlacStreamInfo | undefined {
  if (bytes.length < streamInfoBytes) return undefined;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [minBlock, maxBlock] = [view.readUInt16BE(0), view.readUInt16BE(2)];
  const packed = view.readUInt32BE(10);
  const sampleRate = packed >>> 12;
  const length = (view.readUInt8(13) & 15) * 2 ** 32 + view.readUInt32BE(14);
  if (sampleRate === 0 || maxBlock < 16) return undefined;
  return {
    blockSamples: minBlock === maxBlock ? maxBlock : 0,
    maxFrameBytes: view.readUIntBE(7, 3),
    sampleRate,
    channels: ((packed >>> 9) & 7) + 1,
    bits: ((packed >>> 4) & 31) + 1,
    length: length === 0 ? null : length,
  };
}
