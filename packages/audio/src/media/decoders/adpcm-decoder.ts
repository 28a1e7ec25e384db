import type { AdpcmFormat } from "../packet-reader.ts";
import { adpcmSamples } from "../pcm/adpcm-coding.ts";
import { decodeIma, QuickTimeIma } from "./adpcm/ima.ts";
import { decodeMicrosoft } from "./adpcm/microsoft.ts";
import type { Decoder } from "./decoder.ts";

type DecodeBlock = (block: Uint8Array, into: readonly Float32Array[], from: number) => void;

function blockDecoder({ kind, channels }: AdpcmFormat): DecodeBlock {
  if (kind === "quicktime") {
    const decoder = new QuickTimeIma(channels);
    return (block, into, from) => decoder.decode(block, into, from);
  }
  const decode = kind === "ima" ? decodeIma : decodeMicrosoft;
  return (block, into, from) => decode(block, channels, into, from);
}

/** Creates a decoder of ADPCM with four bits a sample. A packet is whole blocks; the last one may be shorter. */
export function createAdpcmDecoder(format: AdpcmFormat): Decoder {
  const { blockBytes, channels } = format;
  const decodeBlock = blockDecoder(format);
  return {
    decode: (packet) => {
      const blocks: { readonly block: Uint8Array; readonly samples: number }[] = [];
      for (let at = 0; at < packet.length; at += blockBytes) {
        const block = packet.subarray(at, at + blockBytes);
        const samples = adpcmSamples(format, block.length);
        if (samples > 0) blocks.push({ block, samples });
      }
      const total = blocks.reduce((sum, { samples }) => sum + samples, 0);
      const decoded = Array.from({ length: channels }, () => new Float32Array(total));
      let from = 0;
      for (const { block, samples } of blocks) {
        decodeBlock(block, decoded, from);
        from += samples;
      }
      return decoded;
    },
    close: () => {},
  };
}
