import type { MediaChunk, MediaFacts, MediaStream } from "../media-stream.ts";
import { TrackError } from "../track-error.ts";
import { dropSamples } from "./drop-samples.ts";
import type { HlsLimits } from "./hls-limits.ts";
import type { SegmentRuns } from "./segment-runs.ts";
import { SilentRun } from "./silent-run.ts";

/** Distance of a seek target from the start of its segment in s: a decoder settles, and durations are not exact. */
const preRollSeconds = 0.8;

/** An HLS stream. */
export class HlsStream implements MediaStream {
  readonly facts: MediaFacts;
  readonly #runs: SegmentRuns;
  readonly #limits: HlsLimits;
  #run: Pick<MediaStream, "read" | "close"> | undefined;
  /** Run after the present one, if it is open already. */
  #next: MediaStream | undefined;
  /** Type of the chunks of audio, which that of silence is the same as. */
  #type: MediaChunk["type"];
  /** Runs in a row that were damaged. */
  #damaged = 0;
  /** Time that is left to skip after a seek, in s. */
  #skipSeconds = 0;
  #isClosed = false;

  /**
   * @param run - The first run of audio.
   * @param gapSeconds - Length of the gap before it.
   * @param seconds - Length of the stream; undefined while it is live.
   */
  constructor(
    runs: SegmentRuns,
    run: MediaStream,
    gapSeconds: number,
    seconds: number | undefined,
    limits: HlsLimits,
  ) {
    this.#runs = runs;
    this.#type = run.facts.codec === "opus" ? "opus" : "pcm";
    this.#run = new SilentRun(gapSeconds, run.facts, this.#type);
    this.#next = run;
    this.#limits = limits;
    this.facts = {
      ...run.facts,
      container: "m3u",
      durationMs: seconds === undefined ? null : Math.round(1_000 * seconds),
      isDurationEstimated: false,
      seekable: seconds !== undefined,
      hasPicture: false,
    };
  }

  async read(): Promise<MediaChunk | undefined> {
    for (;;) {
      const chunk = await this.#readChunk();
      if (!chunk) return undefined;
      const { chunk: rest, seconds } = dropSamples(chunk, this.#skipSeconds);
      this.#skipSeconds = seconds;
      if (rest) return rest;
    }
  }

  /** Seeks to a position by the durations of the segments, which are exact to some hundredths of a second. */
  seek(positionMs: number): Promise<void> {
    this.#checkOpen();
    if (!this.facts.seekable) throw new TrackError("This track does not support seeking.", "COMMON");
    if (!Number.isFinite(positionMs)) throw new RangeError(`positionMs must be a number, not ${positionMs}`);
    const seconds = Math.min(Math.max(0, positionMs), this.facts.durationMs ?? 0) / 1_000;
    this.#closeRuns();
    this.#damaged = 0;
    this.#skipSeconds = seconds - this.#runs.seek(Math.max(0, seconds - preRollSeconds));
    return Promise.resolve();
  }

  close(): void {
    this.#isClosed = true;
    this.#runs.close();
    this.#closeRuns();
  }

  #closeRuns(): void {
    this.#run?.close();
    this.#next?.close();
    this.#run = undefined;
    this.#next = undefined;
  }

  async #openRun(): Promise<Pick<MediaStream, "read" | "close"> | undefined> {
    const next = this.#next;
    this.#next = undefined;
    if (next) return next;
    const run = await this.#runs.open();
    if (run?.type !== "gap") return run?.media;
    // Not read and dropped in chunks: a hostile playlist has gaps of years.
    const skipped = Math.min(run.seconds, this.#skipSeconds);
    this.#skipSeconds -= skipped;
    return new SilentRun(run.seconds - skipped, this.facts, this.#type);
  }

  /** Reads on in the current run, or in the next one. Damage is skipped. */
  async #readChunk(): Promise<MediaChunk | undefined> {
    for (;;) {
      this.#checkOpen();
      try {
        this.#run ??= await this.#openRun();
        const run = this.#run;
        if (!run) return undefined;
        // Closed while the run was opened.
        if (this.#isClosed) run.close();
        this.#checkOpen();
        const chunk = await run.read();
        if (chunk && !(run instanceof SilentRun)) {
          this.#damaged = 0;
          this.#type = chunk.type;
          this.#runs.countAudio();
        }
        if (chunk) return chunk;
      } catch (error) {
        this.#checkOpen();
        if (this.#runs.fault) throw this.#runs.fault.error;
        if (++this.#damaged > this.#limits.failures) throw error;
      }
      this.#run?.close();
      this.#run = undefined;
    }
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new TrackError("The track was closed.", "COMMON");
  }
}
