import { TrackError } from "../track-error.ts";
import type { Decoder } from "./decoder.ts";

/** Samples per packet, at the declared rate. */
const packetSamples = 1_024;
/**
 * Declared rate in Hz up to which the decoder outputs twice the rate, for implicit spectral band replication.
 */
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
 * Creates a decoder of AAC packets. Packets with spectral band replication, and those of low rates, are
 * decoded at twice the declared rate.
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
      // The first packet yields no samples, because it overlaps with the one before it.
      if (withheld) return Array.from({ length: channels }, () => new Float32Array(withheldSamples));
      return channelData.length >= channels ? channelData.slice(0, channels) : undefined;
    },
    close: () => decoder.free(),
  };
}
