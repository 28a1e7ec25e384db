import type { MediaChunk, MediaFacts, MediaStream } from "../media-stream.ts";
import { opusFrameSamples, opusRate, silentOpusFrame } from "../opus-packet.ts";

/** Length of a chunk of silence in s. */
const chunkSeconds = 0.1;

/** Silence in the place of missing segments, as chunks of the type that is read before and after it. */
export class SilentRun implements Pick<MediaStream, "read" | "close"> {
  readonly #facts: MediaFacts;
  readonly #type: MediaChunk["type"];
  /** Samples that are left. */
  #left: number;

  constructor(seconds: number, facts: MediaFacts, type: MediaChunk["type"]) {
    this.#facts = facts;
    this.#type = type;
    this.#left = Math.round(seconds * (type === "opus" ? opusRate : facts.sampleRate));
  }

  read(): Promise<MediaChunk | undefined> {
    if (this.#left <= 0) return Promise.resolve(undefined);
    return Promise.resolve(this.#type === "opus" ? this.#readOpus() : this.#readPcm());
  }

  close(): void {
    this.#left = 0;
  }

  #readPcm(): MediaChunk {
    const { sampleRate, channels } = this.#facts;
    const count = Math.min(this.#left, Math.ceil(chunkSeconds * sampleRate));
    this.#left -= count;
    return {
      type: "pcm",
      sampleRate,
      channels: Array.from({ length: channels }, () => new Float32Array(count)),
    };
  }

  #readOpus(): MediaChunk {
    const count = Math.min(
      Math.ceil(this.#left / opusFrameSamples),
      (chunkSeconds * opusRate) / opusFrameSamples,
    );
    const packets = Array.from({ length: count }, () => {
      const trim = Math.max(0, opusFrameSamples - this.#left);
      this.#left -= opusFrameSamples;
      return { data: silentOpusFrame, samples: opusFrameSamples, skip: 0, trim };
    });
    return { type: "opus", packets };
  }
}
