import { Resampler } from "@asterite/audio/dsp";
import type { MediaChunk, MediaFacts, MediaStream } from "@asterite/audio/media";
import { OpusDecoder, TrackError } from "@asterite/audio/media";
import { frameSamples, monotonicMs, sampleRate } from "./frame.ts";
import type { HostServices } from "./host-services.ts";
import type { TrackKey } from "./messages.ts";
import { PacketQueue } from "./packet-queue.ts";
import { serializeError } from "./serialized-error.ts";
import type { OpenedTrack } from "./track-opener.ts";

/** Buffered samples below which more are read: 250 ms, more than the frame clock ever catches up with. */
const minSamples = sampleRate / 4;
/** Minimum interval between two reports of titles, in ms; of those in between the last one counts. */
const titleIntervalMs = 1_000;
/** Packets to decode before the first audible one, when a decoder starts in the middle of a track. */
const primingPackets = 4;

/**
 * Opens a track and reads it no faster than it is played. Provides the file's own Opus packets if they can be
 * passed through, and samples at 48 kHz otherwise. Reports a fault of the track; what was read before it can
 * still be played.
 */
export class TrackFeed {
  readonly #track: TrackKey;
  readonly #services: HostServices;
  readonly #onChange: () => void;
  readonly #closing = new AbortController();
  /** Decoded samples that wait to be played; `undefined` while packets are passed through. */
  #samples: Resampler | undefined;
  readonly #packets = new PacketQueue();
  /** The last packets that were passed through, to prime a decoder with. */
  #recent: Uint8Array[] = [];
  #decoder: OpusDecoder | undefined;
  #opened: OpenedTrack | undefined;
  /** Title that was reported last. */
  #title: string | null = null;
  /** Time of that report. */
  #titleMs = Number.NEGATIVE_INFINITY;
  #seekMs: number | undefined;
  #isReading = false;
  #isOver = false;
  #hasFailed = false;
  #positionSamples: number;

  /** @param onChange - Called when more audio is available, or the track has ended or failed. */
  constructor(track: TrackKey, startMs: number, services: HostServices, onChange: () => void) {
    this.#track = track;
    this.#services = services;
    this.#onChange = onChange;
    this.#positionSamples = toSamples(startMs);
    if (startMs > 0) this.#seekMs = startMs;
    void this.#open();
  }

  /** Facts from the container; `undefined` until it is open. */
  get facts(): MediaFacts | undefined {
    return this.#opened?.media.facts;
  }

  /** Position of the next sample in the track, in ms. */
  get positionMs(): number {
    return (1_000 * this.#positionSamples) / sampleRate;
  }

  /** Whether the track has no audio left. */
  get isFinished(): boolean {
    return this.#isOver && this.#buffered === 0;
  }

  /** Whether the track has a fault. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Whether audio is available. */
  get isReady(): boolean {
    return this.#buffered > 0;
  }

  /**
   * Returns the next packet if it can be passed through: 20 ms that do not end early. At the start of a track
   * and after a seek it may begin up to 20 ms before the position; only decoding can cut that off.
   */
  pullPacket(): Uint8Array | null {
    if (this.#samples && this.#samples.available > 0) return null;
    this.#skipInaudible();
    const packet = this.#packets.peek();
    if (packet?.samples !== frameSamples || packet.trim > 0) return null;
    this.#packets.shift();
    this.#remember(packet.data);
    // A decoder that missed this packet is in the wrong state for the next one.
    this.#dropDecoder();
    this.#positionSamples += frameSamples - packet.skip;
    this.#readOn();
    return packet.data;
  }

  /** Decodes up to `count` samples into the blocks, from `offset` on. Returns the number of samples. */
  pullSamples(left: Float32Array, right: Float32Array, offset: number, count: number): number {
    while ((this.#samples?.available ?? 0) < count && this.#decodePacket()) {}
    const read =
      offset === 0
        ? this.#samples?.read(left, right, count)
        : this.#samples?.read(left.subarray(offset), right.subarray(offset), count);
    this.#positionSamples += read ?? 0;
    // Needed even without samples: all packets of a chunk may have served only to prime the decoder.
    this.#readOn();
    return read ?? 0;
  }

  /** Seeks to a position, in ms. */
  seek(positionMs: number): void {
    if (this.facts?.seekable === false) return;
    this.#seekMs = positionMs;
    this.#positionSamples = toSamples(positionMs);
    this.#isOver = false;
    this.#clearBuffers();
    this.#readOn();
  }

  /** Aborts reading, and frees the decoder and the container. */
  close(): void {
    this.#closing.abort(new TrackError("The track was removed.", "COMMON"));
    this.#isOver = true;
    this.#clearBuffers();
    this.#opened?.media.close();
  }

  /** Samples that wait to be played. */
  get #buffered(): number {
    return this.#packets.samples + (this.#samples?.available ?? 0);
  }

  #clearBuffers(): void {
    this.#packets.clear();
    this.#recent = [];
    this.#samples?.reset();
    this.#dropDecoder();
  }

  #dropDecoder(): void {
    this.#decoder?.close();
    this.#decoder = undefined;
  }

  /** Skips packets that only serve to prime a decoder. */
  #skipInaudible(): void {
    for (let packet = this.#packets.peek(); packet; packet = this.#packets.peek()) {
      if (packet.skip < packet.samples) return;
      this.#packets.shift();
      this.#remember(packet.data);
    }
    this.#readOn();
  }

  #remember(data: Uint8Array): void {
    if (this.#recent.push(data) > primingPackets) this.#recent.shift();
  }

  async #open(): Promise<void> {
    try {
      const opened = await this.#services.opener.open(this.#track, this.#closing.signal);
      if (this.#closing.signal.aborted) return opened.media.close();
      this.#opened = opened;
      this.#readOn();
    } catch (error) {
      this.#fail(error);
    }
  }

  #readOn(): void {
    if (this.#isReading || !this.#opened) return;
    if (this.#seekMs === undefined && (this.#isOver || this.#buffered >= minSamples)) return;
    this.#isReading = true;
    void this.#read(this.#opened.media).finally(() => {
      this.#isReading = false;
      if (this.#closing.signal.aborted) return;
      this.#reportTitle();
      this.#onChange();
      // A seek may have arrived during the read, and one chunk may hold less than the minimum.
      this.#readOn();
    });
  }

  async #read(media: MediaStream): Promise<void> {
    try {
      if (this.#seekMs !== undefined) {
        const positionMs = this.#seekMs;
        this.#seekMs = undefined;
        if (media.facts.seekable) await media.seek(positionMs);
        else this.#positionSamples = 0;
      }
      const chunk = await media.read();
      if (this.#seekMs !== undefined || this.#closing.signal.aborted) return;
      if (chunk) this.#buffer(chunk);
      else this.#finish();
    } catch (error) {
      this.#fail(error);
    }
  }

  #reportTitle(): void {
    const title = this.#opened?.title ?? null;
    const nowMs = monotonicMs();
    if (title === null || title === this.#title || nowMs - this.#titleMs < titleIntervalMs) return;
    this.#title = title;
    this.#titleMs = nowMs;
    this.#services.report({ ...this.#track, type: "title", title });
  }

  #buffer(chunk: MediaChunk): void {
    if (chunk.type === "opus") this.#packets.push(chunk.packets);
    else this.#resample(chunk.channels, chunk.sampleRate);
  }

  #finish(): void {
    this.#samples?.flush();
    this.#isOver = true;
  }

  #fail(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    this.#isOver = true;
    this.#hasFailed = true;
    const fault =
      error instanceof TrackError
        ? error
        : new TrackError("The track could not be read: internal error of the node.", "FAULT", {
            cause: error,
          });
    this.#services.report({ ...this.#track, type: "exception", error: serializeError(fault) });
    this.#onChange();
  }

  #resample(channels: readonly Float32Array[], rate: number): void {
    this.#samples ??= new Resampler();
    this.#samples.write(channels, rate);
  }

  /** Decodes the next packet. Returns false if there is none. */
  #decodePacket(): boolean {
    const packet = this.#packets.peek();
    if (!packet) return false;
    this.#packets.shift();
    if (!this.#decoder) {
      this.#decoder = new OpusDecoder(this.#services.opus);
      for (const data of this.#recent) this.#decoder.decode(data);
      this.#recent = [];
    }
    this.#resample(this.#decoder.decodeAudible(packet), sampleRate);
    return true;
  }
}

const toSamples = (ms: number): number => Math.round((ms * sampleRate) / 1_000);
