/** Sample rate of Opus in Hz. */
export const opusRate = 48_000;
/** Samples per frame of voice connections and listeners: 20 ms. */
export const opusFrameSamples = 960;
/** A frame of Opus that is silent: 20 ms in stereo. */
export const silentOpusFrame: Uint8Array = Uint8Array.of(0xfc, 0xff, 0xfe);
/** Samples to decode before a seek target: 80 ms (RFC 7845, section 4.6). */
export const opusPreRollSamples = 3_840;

/** Returns the samples of one frame from the upper five bits of the first byte (RFC 6716, section 3.1). */
function frameSamples(configuration: number): number {
  if (configuration < 12) return [480, 960, 1_920, 2_880][configuration & 3] ?? 0;
  if (configuration < 16) return configuration & 1 ? 960 : 480;
  return [120, 240, 480, 960][configuration & 3] ?? 0;
}

/**
 * Returns the length of a packet in samples at 48 kHz, from its first bytes; 0 if it is not an Opus packet.
 */
export function opusPacketSamples(packet: Uint8Array): number {
  const [first, second] = packet;
  if (first === undefined) return 0;
  const code = first & 3;
  const frames = code === 0 ? 1 : code === 3 ? (second ?? 0) & 0x3f : 2;
  const samples = frames * frameSamples(first >> 3);
  // 120 ms is the maximum packet length.
  return samples > 5_760 ? 0 : samples;
}

/** Returns whether a packet can be passed through unchanged as a frame of 20 ms. */
export const isOpusFrame = (packet: {
  readonly samples: number;
  readonly skip: number;
  readonly trim: number;
}): boolean => packet.samples === opusFrameSamples && packet.skip === 0 && packet.trim === 0;
