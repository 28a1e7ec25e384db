/** Sample rate in Hz between decoders and the encoder. */
export const sampleRate = 48_000;
/** Samples per channel in one frame. */
export const frameSamples = 960;
/** Length of a frame in ms. */
export const frameMs = 20;
/** Channels of a frame; its samples alternate between left and right. */
export const frameChannels = 2;

/** Opus packet of 20 ms of silence (RFC 6716: CELT, full band, one empty stereo frame). */
export const silencePacket: Uint8Array = Uint8Array.of(0xfc, 0xff, 0xfe);

/** Returns ms since 1970 from a clock that never jumps and is the same in all threads of the process. */
export const monotonicMs = (): number => performance.timeOrigin + performance.now();
