const bits = (value: number, width: number): string => value.toString(2).padStart(width, "0");

/**
 * Writes AAC frames in ADTS as LATM with LOAS headers (ISO/IEC 14496-3, 1.7): one packet a frame, each with its configuration.
 *
 * @param frames - Frames without checksums.
 */
export const loasFrames = (frames: readonly Uint8Array[]): Buffer[] =>
  frames.map((frame) => {
    const [, , second = 0, third = 0] = frame;
    const payload = frame.subarray(7);
    // AudioSpecificConfig: type, index of the sample rate, channels, and nothing else.
    const config = [
      bits((second >> 6) + 1, 5),
      bits((second >> 2) & 15, 4),
      bits(((second & 1) << 2) | (third >> 6), 4),
      bits(0, 3),
    ];
    // StreamMuxConfig: one program of one layer, whose packets have a length each and no fixed fullness.
    const mux = [bits(0, 2), bits(1, 1), bits(0, 13), ...config, bits(0, 3), bits(255, 8), bits(0, 2)];
    const length = bits(255, 8).repeat(Math.floor(payload.length / 255)) + bits(payload.length % 255, 8);
    const content = [...mux, length, ...Array.from(payload, (byte) => bits(byte, 8))].join("");
    const bytes = content.match(/.{1,8}/g)?.map((part) => Number.parseInt(part.padEnd(8, "0"), 2)) ?? [];
    return Buffer.from([0x56, 0xe0 | (bytes.length >> 8), bytes.length & 0xff, ...bytes]);
  });
