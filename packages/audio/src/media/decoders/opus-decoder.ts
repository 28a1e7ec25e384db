import { silentChannel } from "../opus/opus-head.ts";
import { OpusDecoder } from "../opus.ts";
import { loadOpus, type OpusLibrary } from "../opus-library.ts";
import { opusPacketSamples } from "../opus-packet.ts";
import type { OpusFormat, OpusStreams } from "../packet-reader.ts";
import type { Decoder } from "./decoder.ts";
import { splitOpusPacket } from "./opus/split-packet.ts";

/** Creates a decoder of Opus packets with one or more streams. */
export async function createOpusDecoder({ channels, gainDb, streams }: OpusFormat): Promise<Decoder> {
  const library = await loadOpus();
  if (streams) return createMultistreamDecoder(library, gainDb, streams);
  const decoder = new OpusDecoder(library, gainDb);
  return {
    decode: (packet) => decoder.decode(packet)?.slice(0, channels),
    close: () => decoder.close(),
  };
}

function createMultistreamDecoder(library: OpusLibrary, gainDb: number, streams: OpusStreams): Decoder {
  const { count, coupled, mapping } = streams;
  /** Stream and side of each channel; the streams of two channels come first. */
  const places = mapping.map((place) =>
    place < 2 * coupled
      ? { stream: place >> 1, side: place & 1 }
      : { stream: place === silentChannel ? -1 : place - coupled, side: undefined },
  );
  // Streams without a channel are not decoded.
  const used = [...new Set(places.map(({ stream }) => stream))].filter((stream) => stream >= 0);
  const decoders = new Map(used.map((stream) => [stream, new OpusDecoder(library, gainDb)]));
  return {
    decode: (packet) => {
      const packets = splitOpusPacket(packet, count);
      const samples = opusPacketSamples(packet);
      if (!packets) return undefined;
      const decoded = new Map<number, readonly [Float32Array, Float32Array]>();
      for (const [stream, decoder] of decoders) {
        const pair = decoder.decode(packets[stream] ?? new Uint8Array(0));
        // All streams of a packet have the same length.
        if (pair?.[0].length !== samples) return undefined;
        decoded.set(stream, pair);
      }
      return places.map(({ stream, side }) => {
        const pair = decoded.get(stream);
        if (!pair) return new Float32Array(samples);
        return side === undefined ? average(pair) : pair[side === 0 ? 0 : 1];
      });
    },
    close: () => {
      for (const decoder of decoders.values()) decoder.close();
    },
  };
}

const average = ([left, right]: readonly [Float32Array, Float32Array]): Float32Array =>
  left.map((sample, index) => (sample + (right[index] ?? 0)) / 2);
