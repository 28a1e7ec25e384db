import { TrackError } from "../track-error.ts";
import type { Decoder } from "./decoder.ts";

/** Samples of a packet, at the rate that its header tells. */
const packetSamples = 1_024;
/** Hz up to which the decoder looks for more high frequencies, and gives twice the rate whether it finds them or not. */
const doubledRate = 24_000;

async function load(): Promise<typeof import("@audio/decode-aac")> {
  try {
    return await import("@audio/decode-aac");
  } catch (cause) {
    const message = "AAC cannot be played here: the node needs the npm package @audio/decode-aac for that.";
    throw new TrackError(message, "COMMON", { cause });
  }
}

/**
 * Decodes packets of AAC. Those with spectral band replication, and those of low rates, come at twice the rate.
 *
 * @param config - AudioSpecificConfig.
 * @throws TrackError if the optional package is not installed.
 */
export async function createAacDecoder(
  config: Uint8Array,
  sampleRate: number,
  channels: number,
): Promise<Decoder> {
  const { decoder: create } = await load();
  const decoder = await create({ asc: config });
  const withheldSamples = sampleRate <= doubledRate ? 2 * packetSamples : packetSamples;
  let first = true;
  return {
    decode: (packet) => {
      const { channelData } = decoder.decode(packet);
      const withheld = first && channelData.length === 0;
      first = false;
      // The first packet gives nothing for want of one before it.
      if (withheld) return Array.from({ length: channels }, () => new Float32Array(withheldSamples));
      return channelData.length >= channels ? channelData.slice(0, channels) : undefined;
    },
    close: () => decoder.free(),
  };
}
