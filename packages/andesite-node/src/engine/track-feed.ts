import { Resampler } from "@asterite/audio/dsp";
import type { MediaChunk, MediaFacts, MediaStream, OpusLibrary } from "@asterite/audio/media";
import { OpusDecoder, TrackError } from "@asterite/audio/media";
import { frameSamples, sampleRate } from "./frame.ts";
import { PacketQueue } from "./packet-queue.ts";

/** Samples below which more are read: a quarter of a second, more than the frame clock ever catches up with. */
const lowSamples = sampleRate / 4;
/** Packets that a decoder hears before the first that counts, when it starts in the middle. */
const primingPackets = 4;

/** What a feed tells its deck. */
export interface FeedEvents {
  /** There is more to play, or nothing more will come. */
  changed(): void;
  /** The track has a fault; what was read before it can still be played. */
  failed(error: TrackError): void;
}

/**
 * Opens a track and reads it no faster than it is played. It gives packets of Opus as they stand in the file
 * where they are wanted so, and 48 kHz stereo samples otherwise.
 */
export class TrackFeed {
  readonly #opus: OpusLibrary;
  readonly #events: FeedEvents;
  readonly #closing = new AbortController();
  /** Where decoded samples wait; null while packets go out as they are. */
  #samples: Resampler | null = null;
  readonly #packets = new PacketQueue();
  #played: Uint8Array[] = [];
  #decoder: OpusDecoder | null = null;
  #media: MediaStream | null = null;
  #seekMs: number | null = null;
  #reading = false;
  #over = false;
  #failed = false;
  #positionSamples: number;

  constructor(
    opus: OpusLibrary,
    startMs: number,
    open: (signal: AbortSignal) => Promise<MediaStream>,
    events: FeedEvents,
  ) {
    this.#opus = opus;
    this.#events = events;
    this.#positionSamples = toSamples(startMs);
    if (startMs > 0) this.#seekMs = startMs;
    void this.#open(open);
  }

  /** What the container says; null until it is open. */
  get facts(): MediaFacts | null {
    return this.#media?.facts ?? null;
  }

  /** Where in the track the next sample is, in ms. */
  get positionMs(): number {
    return (1_000 * this.#positionSamples) / sampleRate;
  }

  /** Whether nothing more will come. */
  get finished(): boolean {
    return this.#over && this.#waiting === 0;
  }

  /** Whether the track has a fault. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Whether there is something to play. */
  get ready(): boolean {
    return this.#waiting > 0;
  }

  /**
   * The next packet, where it can be sent on as it is: 20 ms that do not end early. At the start of a track, and
   * after a seek, up to 20 ms may be heard that come before the place; who decodes leaves them out.
   */
  takePacket(): Uint8Array | null {
    if (this.#samples && this.#samples.available > 0) return null;
    this.#passOver();
    const packet = this.#packets.peek();
    if (packet?.samples !== frameSamples || packet.trim > 0) return null;
    this.#packets.shift();
    this.#remember(packet.data);
    // A decoder that missed this packet would go on from a state that is not there any more.
    this.#dropDecoder();
    this.#positionSamples += frameSamples - packet.skip;
    this.#readOn();
    return packet.data;
  }

  /** Decodes up to `count` samples into the blocks; tells how many there were. */
  pull(left: Float32Array, right: Float32Array, offset: number, count: number): number {
    while ((this.#samples?.available ?? 0) < count && this.#decodePacket()) {}
    const taken =
      offset === 0
        ? this.#samples?.read(left, right, count)
        : this.#samples?.read(left.subarray(offset), right.subarray(offset), count);
    this.#positionSamples += taken ?? 0;
    // Also where there was nothing: all packets of a piece may be there only to bring the decoder into its state.
    this.#readOn();
    return taken ?? 0;
  }

  /** Goes to another position, in ms. */
  seek(positionMs: number): void {
    this.#seekMs = positionMs;
    this.#positionSamples = toSamples(positionMs);
    this.#over = false;
    this.#forget();
    this.#readOn();
  }

  /** Lets go of everything. */
  close(): void {
    this.#closing.abort(new TrackError("The track was taken off", "COMMON"));
    this.#over = true;
    this.#forget();
    this.#media?.close();
  }

  get #waiting(): number {
    return this.#packets.samples + (this.#samples?.available ?? 0);
  }

  #forget(): void {
    this.#packets.clear();
    this.#played = [];
    this.#samples?.reset();
    this.#dropDecoder();
  }

  #dropDecoder(): void {
    this.#decoder?.close();
    this.#decoder = null;
  }

  /** Leaves packets out that are there for a decoder alone. */
  #passOver(): void {
    for (let packet = this.#packets.peek(); packet; packet = this.#packets.peek()) {
      if (packet.skip < packet.samples) return;
      this.#packets.shift();
      this.#remember(packet.data);
    }
    this.#readOn();
  }

  /** Keeps the last packets, for a decoder that has to begin in the middle. */
  #remember(data: Uint8Array): void {
    if (this.#played.push(data) > primingPackets) this.#played.shift();
  }

  async #open(open: (signal: AbortSignal) => Promise<MediaStream>): Promise<void> {
    try {
      const media = await open(this.#closing.signal);
      if (this.#closing.signal.aborted) return media.close();
      this.#media = media;
      this.#readOn();
    } catch (error) {
      this.#fail(error);
    }
  }

  #readOn(): void {
    if (this.#reading || !this.#media) return;
    if (this.#seekMs === null && (this.#over || this.#waiting >= lowSamples)) return;
    this.#reading = true;
    void this.#read(this.#media).finally(() => {
      this.#reading = false;
      if (this.#closing.signal.aborted) return;
      this.#events.changed();
      // A seek may have come while the last piece was read, and a piece may be less than is to be kept ready.
      this.#readOn();
    });
  }

  async #read(media: MediaStream): Promise<void> {
    try {
      if (this.#seekMs !== null) {
        const [positionMs] = [this.#seekMs];
        this.#seekMs = null;
        if (media.facts.seekable) await media.seek(positionMs);
      }
      const chunk = await media.read();
      if (this.#seekMs !== null || this.#closing.signal.aborted) return;
      if (chunk) this.#take(chunk);
      else this.#finish();
    } catch (error) {
      this.#fail(error);
    }
  }

  #take(chunk: MediaChunk): void {
    if (chunk.kind === "opus") this.#packets.push(chunk.packets);
    else this.#store(chunk.channels, chunk.sampleRate);
  }

  #finish(): void {
    this.#samples?.flush();
    this.#over = true;
  }

  #fail(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    this.#over = true;
    this.#failed = true;
    const fault =
      error instanceof TrackError
        ? error
        : new TrackError("Something broke while reading the track", "FAULT", { cause: error });
    this.#events.failed(fault);
  }

  #store(channels: readonly Float32Array[], rate: number): void {
    // Containers that hold Vorbis arrange more than two channels in their own way.
    this.#samples ??= new Resampler(this.facts?.codec === "vorbis" ? "vorbis" : "wave");
    this.#samples.write(channels, rate);
  }

  /** Decodes the next packet; false where there is none. */
  #decodePacket(): boolean {
    const packet = this.#packets.peek();
    if (!packet) return false;
    this.#packets.shift();
    if (!this.#decoder) {
      this.#decoder = new OpusDecoder(this.#opus);
      for (const data of this.#played) this.#decoder.decode(data);
      this.#played = [];
    }
    this.#store(this.#decoder.decodeAudible(packet), sampleRate);
    return true;
  }
}

const toSamples = (ms: number): number => Math.round((ms * sampleRate) / 1_000);
