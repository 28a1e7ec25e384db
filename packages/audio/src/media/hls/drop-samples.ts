import type { MediaChunk, OpusPacket } from "../media-stream.ts";

const opusRate = 48_000;
/** Inaudible packets before the first audible one, which prime a decoder. */
const primingPackets = 5;

/** Rest of a chunk. */
export interface Rest {
  /** Undefined if the whole chunk was dropped. */
  readonly chunk: MediaChunk | undefined;
  /** Time that remains to be dropped in s. */
  readonly seconds: number;
}

/** Drops audio from the start of a chunk. */
export function dropSamples(chunk: MediaChunk, seconds: number): Rest {
  if (seconds <= 0) return { chunk, seconds: 0 };
  return chunk.type === "pcm" ? dropPcm(chunk, seconds) : dropOpus(chunk.packets, seconds);
}

function dropPcm(chunk: MediaChunk & { readonly type: "pcm" }, seconds: number): Rest {
  const length = chunk.channels[0]?.length ?? 0;
  const count = Math.round(seconds * chunk.sampleRate);
  if (count >= length) return { chunk: undefined, seconds: seconds - length / chunk.sampleRate };
  const channels = chunk.channels.map((samples) => samples.subarray(count));
  return { chunk: { ...chunk, channels }, seconds: 0 };
}

function dropOpus(packets: readonly OpusPacket[], seconds: number): Rest {
  let count = Math.round(seconds * opusRate);
  const left = packets.map((packet) => {
    const dropped = Math.min(count, packet.samples - packet.skip - packet.trim);
    count -= dropped;
    return { ...packet, skip: packet.skip + dropped };
  });
  const audible = left.findIndex(({ samples, skip, trim }) => skip + trim < samples);
  const kept = left.slice(Math.max(0, (audible < 0 ? left.length : audible) - primingPackets));
  return { chunk: { type: "opus", packets: kept }, seconds: count / opusRate };
}
