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
      const total = adpcmSamples(format, packet.length);
      const decoded = Array.from({ length: channels }, () => new Float32Array(total));
      for (let at = 0, from = 0; from < total; at += blockBytes) {
        const block = packet.subarray(at, at + blockBytes);
        decodeBlock(block, decoded, from);
        from += adpcmSamples(format, block.length);
      }
      return decoded;
    },
    close: () => {},
  };
}
