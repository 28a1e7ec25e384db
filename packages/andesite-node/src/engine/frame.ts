/** Hz of everything between a decoder and an encoder. */
export const sampleRate = 48_000;
/** Samples a channel in one frame. */
export const frameSamples = 960;
/** Length of a frame in ms. */
export const frameMs = 20;
/** Channels of a frame; its samples alternate between left and right. */
export const frameChannels = 2;

/** An Opus packet of 20 ms that holds silence (RFC 6716: CELT, full band, one stereo frame of no bits). */
export const silencePacket: Uint8Array = Uint8Array.of(0xfc, 0xff, 0xfe);

/** ms since 1970 that never jump and are the same in all threads of the process. */
export const monotonicMs = (): number => performance.timeOrigin + performance.now();
