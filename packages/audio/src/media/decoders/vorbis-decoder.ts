import { OggVorbisDecoder } from "@wasm-audio-decoders/ogg-vorbis";
import type { Decoder } from "./decoder.ts";
import { checkInternals } from "./internals.ts";

interface Internals {
  sendSetupHeader(header: Uint8Array): void;
  initDsp(): void;
  decodePackets(packets: readonly Uint8Array[]): { readonly channelData: readonly Float32Array[] };
}

const hasInternals = (decoder: unknown): decoder is Internals => {
  if (typeof decoder !== "object" || decoder === null) return false;
  checkInternals(decoder, ["sendSetupHeader", "initDsp", "decodePackets"], []);
  return true;
};

/** Buffer of the decoder for a header or a packet. */
const maxPacketBytes = 128 * 1024;

/** Indexes of Vorbis channels in the order left, right, centre, low, back, side (Vorbis I, 4.3.9). */
const orders: Readonly<Record<number, readonly number[]>> = {
  3: [0, 2, 1],
  5: [0, 2, 1, 3, 4],
  6: [0, 2, 1, 5, 3, 4],
  7: [0, 2, 1, 6, 5, 3, 4],
  8: [0, 2, 1, 7, 5, 6, 3, 4],
};

/**
 * Creates a decoder of Vorbis packets. The first packet yields no samples.
 *
 * @throws RangeError or a WebAssembly error for headers that cannot be used.
 */
export async function createVorbisDecoder(
  headers: readonly Uint8Array[],
  channels: number,
): Promise<Decoder> {
  const outer = new OggVorbisDecoder();
  await outer.ready;
  const decoder: unknown = Reflect.get(outer, "_decoder");
  if (!hasInternals(decoder)) throw new TypeError("the Vorbis decoder package has no _decoder");
  // The decoder needs no comment header.
  for (const header of headers) decoder.sendSetupHeader(header);
  decoder.initDsp();
  return {
    decode: (packet) => {
      if (packet.length === 0 || packet.length > maxPacketBytes) return undefined;
      const { channelData } = decoder.decodePackets([packet]);
      if (channelData.length !== channels) return undefined;
      return orders[channels]?.map((from) => channelData[from] ?? new Float32Array(0)) ?? channelData;
    },
    close: () => void outer.free(),
  };
}
