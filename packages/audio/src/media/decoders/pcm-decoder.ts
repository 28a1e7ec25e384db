import type { PcmEncoding } from "../packet-reader.ts";
import { sampleBytes } from "../pcm/pcm-coding.ts";
import type { Decoder } from "./decoder.ts";

type ReadSample = (view: DataView, at: number) => number;

/** Decodes µ-law and A-law (ITU-T G.711) to full scale ±1. */
const readUlaw: ReadSample = (view, at) => {
  const bits = ~view.getUint8(at);
  const size = (((bits & 15) * 2 + 33) << ((bits >> 4) & 7)) - 33;
  return (bits & 0x80 ? -size : size) / 8_192;
};
const readAlaw: ReadSample = (view, at) => {
  const bits = view.getUint8(at) ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const size = exponent === 0 ? (bits & 15) * 2 + 1 : ((bits & 15) * 2 + 33) << (exponent - 1);
  return (bits & 0x80 ? size : -size) / 4_096;
};

const read24 = (high: number, low: number): number => (high * 65_536 + low) / 8_388_608;

const readers: Readonly<Record<PcmEncoding, ReadSample>> = {
  u8: (view, at) => (view.getUint8(at) - 128) / 128,
  s8: (view, at) => view.getInt8(at) / 128,
  s16: (view, at) => view.getInt16(at, true) / 32_768,
  s24: (view, at) => read24(view.getInt8(at + 2), view.getUint16(at, true)),
  s32: (view, at) => view.getInt32(at, true) / 2_147_483_648,
  f32: (view, at) => view.getFloat32(at, true),
  f64: (view, at) => view.getFloat64(at, true),
  s16be: (view, at) => view.getInt16(at) / 32_768,
  s24be: (view, at) => read24(view.getInt8(at), view.getUint16(at + 1)),
  s32be: (view, at) => view.getInt32(at) / 2_147_483_648,
  f32be: (view, at) => view.getFloat32(at),
  f64be: (view, at) => view.getFloat64(at),
  ulaw: readUlaw,
  alaw: readAlaw,
};

/** Creates a decoder of uncompressed samples. */
export function createPcmDecoder(encoding: PcmEncoding, channels: number): Decoder {
  const read = readers[encoding];
  const bytes = sampleBytes[encoding];
  return {
    decode: (packet) => {
      const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
      const count = Math.floor(packet.length / bytes / channels);
      return Array.from({ length: channels }, (_, channel) => {
        const samples = new Float32Array(count);
        for (let index = 0, at = channel * bytes; index < count; index++, at += bytes * channels) {
          const sample = read(view, at);
          // Floating-point files may contain NaN and infinities.
          samples[index] = Number.isFinite(sample) ? sample : 0;
        }
        return samples;
      });
    },
    close: () => {},
  };
}
