import type { MediaChunk, MediaFacts, MediaStream, OpusPacket } from "./media-stream.ts";
import { TrackError } from "./track-error.ts";

/** Rate in Hz in which Opus packets count samples. */
const opusRate = 48_000;

/** Part of a track that is a track of its own, such as one that a cue sheet lists. */
export interface MediaPart {
  /** Position in the whole track at which the part begins, in s. */
  readonly startSeconds: number;
  /** Position in the whole track at which the part ends, in s; null for its end. */
  readonly endSeconds: number | null;
}

/**
 * Returns the metadata of a part of a track: with its own length, and the tags of the whole.
 *
 * @throws TrackError if the track cannot be played in parts, or ends before the part begins.
 */
export function factsOfPart(facts: MediaFacts, { startSeconds, endSeconds }: MediaPart): MediaFacts {
  if (!facts.seekable) throw new TrackError("This track does not support seeking to a part of it.", "COMMON");
  const { durationMs, isDurationEstimated } = facts;
  const startMs = startSeconds * 1_000;
  const endMs = endSeconds === null ? Number.POSITIVE_INFINITY : endSeconds * 1_000;
  const isExact = durationMs !== null && !isDurationEstimated;
  if (isExact && startMs >= durationMs)
    throw new TrackError("The file ends before this part of it begins.", "COMMON");
  const isEndKnown = endSeconds !== null && (!isExact || endMs <= durationMs);
  const until = isEndKnown ? endMs : durationMs;
  return {
    ...facts,
    cueSheet: null,
    durationMs: until === null ? null : Math.max(0, Math.round(until - startMs)),
    isDurationEstimated: !isEndKnown && isDurationEstimated,
  };
}

/**
 * Opens a part of a track: its positions begin at 0, and it begins and ends at a sample, so that parts that follow each
 * other are heard without a gap. On failure it closes the whole track; otherwise {@link MediaStream.close} does.
 *
 * @throws TrackError like {@link factsOfPart}.
 */
export function openPart(media: MediaStream, part: MediaPart): MediaStream {
  try {
    return new PartStream(media, part, factsOfPart(media.facts, part));
  } catch (error) {
    media.close();
    throw error;
  }
}

class PartStream implements MediaStream {
  readonly facts: MediaFacts;
  readonly #media: MediaStream;
  readonly #startSeconds: number;
  readonly #endSeconds: number;
  /** Position to seek to before the next read, in the whole track, in s; undefined for none. */
  #seekSeconds: number | undefined;
  /** Position of the last seek or change of the sample rate in the whole track, in s. */
  #baseSeconds = 0;
  #sampleRate: number;
  /** Samples since then. */
  #samples = 0;

  constructor(media: MediaStream, { startSeconds, endSeconds }: MediaPart, facts: MediaFacts) {
    this.facts = facts;
    this.#media = media;
    this.#startSeconds = startSeconds;
    this.#endSeconds = endSeconds ?? Number.POSITIVE_INFINITY;
    this.#sampleRate = media.facts.sampleRate;
    if (startSeconds > 0) this.#seekSeconds = startSeconds;
  }

  async read(): Promise<MediaChunk | undefined> {
    if (this.#seekSeconds !== undefined) {
      const seconds = this.#seekSeconds;
      this.#seekSeconds = undefined;
      await this.#media.seek(seconds * 1_000);
      this.#sampleRate = this.#media.facts.sampleRate;
      this.#baseSeconds = Math.round(seconds * this.#sampleRate) / this.#sampleRate;
      this.#samples = 0;
    }
    if (this.#samplesTo(this.#endSeconds) <= 0) return undefined;
    const chunk = await this.#media.read();
    return chunk && (chunk.type === "pcm" ? this.#cutPcm(chunk) : this.#cutOpus(chunk.packets));
  }

  seek(positionMs: number): Promise<void> {
    if (!Number.isFinite(positionMs)) throw new RangeError(`positionMs must be a number, not ${positionMs}`);
    this.#seekSeconds = Math.min(this.#startSeconds + Math.max(0, positionMs) / 1_000, this.#endSeconds);
    return Promise.resolve();
  }

  close(): void {
    this.#media.close();
  }

  #cutPcm(chunk: MediaChunk & { readonly type: "pcm" }): MediaChunk {
    this.#setSampleRate(chunk.sampleRate);
    const left = Math.max(0, this.#samplesTo(this.#endSeconds));
    const length = chunk.channels[0]?.length ?? 0;
    this.#samples += length;
    if (length <= left) return chunk;
    return { ...chunk, channels: chunk.channels.map((samples) => samples.subarray(0, left)) };
  }

  #cutOpus(packets: readonly OpusPacket[]): MediaChunk {
    this.#setSampleRate(opusRate);
    const kept: OpusPacket[] = [];
    for (const packet of packets) {
      const audible = packet.samples - packet.skip - packet.trim;
      const cut = Math.max(0, audible - this.#samplesTo(this.#endSeconds));
      this.#samples += audible;
      if (cut === 0 || cut < audible) kept.push({ ...packet, trim: packet.trim + cut });
    }
    return { type: "opus", packets: kept };
  }

  /** Returns the samples from the present position to another one. */
  #samplesTo(seconds: number): number {
    return Math.round((seconds - this.#baseSeconds) * this.#sampleRate) - this.#samples;
  }

  #setSampleRate(sampleRate: number): void {
    if (sampleRate === this.#sampleRate) return;
    this.#baseSeconds += this.#samples / this.#sampleRate;
    this.#samples = 0;
    this.#sampleRate = sampleRate;
  }
}
