import { bytesOfPieces, type LiveBytes } from "../byte-source.ts";
import type { MediaStream } from "../media-stream.ts";
import { openMedia } from "../open-media.ts";
import { TrackError } from "../track-error.ts";
import type { HlsLimits } from "./hls-limits.ts";
import type { LoadedSegment, SegmentFeed, SegmentGap } from "./segment-feed.ts";

/** Audio of segments that continue each other, or a gap between such. */
export type Run = { readonly type: "audio"; readonly media: MediaStream } | SegmentGap;

/** Opens the segments that continue each other as one stream of bytes; another one follows where they do not. */
export class SegmentRuns {
  readonly #feed: SegmentFeed;
  readonly #limits: HlsLimits;
  /** First segment of the next run, or the gap before it. */
  #held: LoadedSegment | SegmentGap | undefined;
  #fault: { readonly error: unknown } | undefined;
  /** Segments since the last audio. */
  #silentSegments = 0;

  constructor(feed: SegmentFeed, limits: HlsLimits) {
    this.#feed = feed;
    this.#limits = limits;
  }

  /** Error because of which the stream cannot continue; damage of a run is none. */
  get fault(): { readonly error: unknown } | undefined {
    return this.#fault;
  }

  /** Records that a run has yielded audio. */
  countAudio(): void {
    this.#silentSegments = 0;
  }

  /** Opens the next run; returns undefined at the end. */
  async open(): Promise<Run | undefined> {
    const first = this.#held ?? (await this.#take());
    this.#held = undefined;
    if (first?.type !== "segment") return first;
    if (first.lostSeconds > 0) {
      this.#held = { ...first, lostSeconds: 0 };
      return { type: "gap", seconds: first.lostSeconds };
    }
    return { type: "audio", media: await openMedia(this.#toBytes(first)) };
  }

  /**
   * Continues with the last segment that begins before a position. The run before is to be closed.
   *
   * @returns The position in s at which it begins.
   */
  seek(seconds: number): number {
    this.#held = undefined;
    this.#fault = undefined;
    this.#silentSegments = 0;
    return this.#feed.seek(seconds);
  }

  close(): void {
    this.#held = undefined;
    this.#feed.close();
  }

  async #take(): Promise<LoadedSegment | SegmentGap | undefined> {
    try {
      if (this.#silentSegments >= this.#limits.silentSegments)
        throw new TrackError("The HLS stream contains no audio.", "COMMON");
      const item = await this.#feed.take();
      if (item?.type === "segment") this.#silentSegments++;
      return item;
    } catch (error) {
      this.#fault = { error };
      throw error;
    }
  }

  #toBytes(first: LoadedSegment): LiveBytes {
    const ready = [...(first.map ? [first.map] : []), first.bytes];
    return bytesOfPieces(async () => ready.shift() ?? (await this.#continue()));
  }

  async #continue(): Promise<Uint8Array | undefined> {
    const next = await this.#take();
    if (next?.type === "segment" && next.continues) return next.bytes;
    this.#held = next;
    return undefined;
  }
}
