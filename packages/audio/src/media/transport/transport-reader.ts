import { adtsSyntax } from "../adts/frame-header.ts";
import type { ByteWindow } from "../byte-window.ts";
import { type LoasHeader, loasSyntax } from "../latm/loas-frame.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { MediaFacts } from "../media-stream.ts";
import type { PacketBatch, PacketReader } from "../packet-reader.ts";
import { factsFrom } from "../tags/facts.ts";
import { noTags } from "../tags/tags.ts";
import { type ElementaryStream, openElementaryStream } from "./elementary-stream.ts";
import { detectLayout, layoutBytes, type PacketLayout } from "./packet-layout.ts";
import { ticksBetween, ticksPerSecond } from "./pes.ts";
import type { StampedFrames } from "./stamped-frames.ts";
import { findEnd, type StreamEnd } from "./stream-end.ts";
import type { AudioStream } from "./tables.ts";
import { type AudioPart, TransportDemuxer } from "./transport-demuxer.ts";

/** Bytes after a position that are searched for a time stamp, and the distance at which a search ends. */
const searchBytes = 1024 * 1024;
const nearBytes = 64 * 1024;
/** Time before a seek target that is decoded: the bit reservoir of mp3, and frames that confirm the first one. */
const preRollSeconds = 1;

/** A place at which a PES packet begins. */
interface Place {
  readonly at: number;
  readonly pts: number | undefined;
}

/** Returns the framing of AAC by its first bytes, as muxers mix up the types of ADTS and LATM. */
const codecOf = (data: Uint8Array): AudioStream["codec"] | undefined =>
  loasSyntax.read(data, 0) ? "latm" : adtsSyntax.read(data, 0) ? "aac" : undefined;

/** Reader of the first supported audio stream of an MPEG transport stream. */
export class TransportReader implements PacketReader {
  readonly facts: MediaFacts;
  /** Time stamps have gaps and jumps, so the length never cuts off audio. */
  readonly length = null;
  readonly #window: ByteWindow;
  readonly #limits: MediaLimits;
  readonly #layout: PacketLayout;
  readonly #audio: AudioStream;
  readonly #start: Place;
  readonly #configuration: LoasHeader | undefined;
  /** Samples of a frame. */
  readonly #frame: number;
  #reader: PacketReader;
  /** The frames of the reader, with silence in small holes. */
  #frames: StampedFrames;
  /** Whether a seek found no frames. */
  #isOver = false;
  /** Sample of the track at which {@link #frames} begin. */
  #base = 0;

  private constructor(
    source: { readonly window: ByteWindow; readonly limits: MediaLimits; readonly layout: PacketLayout },
    audio: AudioStream,
    start: Place,
    { reader, first, frames, configuration, skippedSeconds = 0 }: ElementaryStream,
    end: StreamEnd | undefined,
  ) {
    this.#window = source.window;
    this.#limits = source.limits;
    this.#layout = source.layout;
    this.#audio = audio;
    // The track begins with the first audio that can be decoded.
    const { at, pts } = start;
    this.#start = { at, pts: pts === undefined ? pts : pts + Math.round(skippedSeconds * ticksPerSecond) };
    this.#configuration = configuration;
    this.#reader = reader;
    this.#frames = frames;
    this.#frame = first.packets[0]?.samples ?? 1;
    const { codec, sampleRate, channels } = reader.facts;
    const length = end ? this.#sampleAt(end.pts) + end.frames * this.#frame : 0;
    this.facts = factsFrom({
      container: audio.codec === "aac" ? "mpegts-adts" : "mpegts",
      codec,
      sampleRate,
      channels,
      length: length > 0 ? length : null,
      seekable: source.window.isSeekable,
      tags: noTags,
    });
  }

  /**
   * Finds the first supported audio stream; returns undefined if there is none.
   *
   * @throws TrackError if its codec is not supported.
   */
  static async open(window: ByteWindow, limits: MediaLimits): Promise<TransportReader | undefined> {
    const layout = detectLayout(await window.at(0, layoutBytes));
    if (!layout) return undefined;
    const demuxer = new TransportDemuxer(window, limits, layout);
    const part = await demuxer.next();
    const declared = demuxer.audio;
    if (!part || !declared) return undefined;
    const audio = { ...declared, codec: codecOf(part.data) ?? declared.codec };
    const end = window.mayReadAhead ? await findEnd(window, limits, layout, audio) : undefined;
    // The search for the end leaves the start of the file.
    const frames = end
      ? await openElementaryStream(
          new TransportDemuxer(window, limits, layout, part.at, audio),
          undefined,
          audio,
          limits,
        )
      : await openElementaryStream(demuxer, part, audio, limits);
    return frames && new TransportReader({ window, limits, layout }, audio, part, frames, end);
  }

  async read(): Promise<PacketBatch | undefined> {
    if (this.#isOver) return undefined;
    const batch = await this.#frames.read();
    if (!batch || this.#base === 0) return batch;
    const packets = batch.packets.map((packet) => ({ ...packet, start: packet.start + this.#base }));
    return { ...batch, packets };
  }

  async seek(sample: number): Promise<void> {
    const place = await this.#findPlace(sample - preRollSeconds * this.facts.sampleRate);
    const demuxer = new TransportDemuxer(this.#window, this.#limits, this.#layout, place.at, this.#audio);
    const frames = await openElementaryStream(
      demuxer,
      undefined,
      this.#audio,
      this.#limits,
      this.#configuration,
    );
    this.#isOver = frames === undefined;
    if (!frames) return;
    this.#reader.close();
    this.#reader = frames.reader;
    this.#frames = frames.frames;
    this.#base = place.pts === undefined ? 0 : this.#sampleAt(place.pts);
  }

  close(): void {
    this.#reader.close();
    this.#window.close();
  }

  /** Bisects the file for the last PES packet before a sample. */
  async #findPlace(sample: number): Promise<Place> {
    let best = this.#start;
    let high = sample > 0 && best.pts !== undefined ? (this.#window.size ?? 0) : 0;
    for (let low = best.at; high - low > nearBytes; ) {
      const { bytes } = this.#layout;
      const middle = low + Math.floor((high - low) / 2 / bytes) * bytes;
      const place = await this.#findPes(middle, high);
      if (place && this.#sampleAt(place.pts) <= sample) {
        best = place;
        low = Math.max(place.at, middle);
      } else high = middle;
    }
    return best;
  }

  async #findPes(from: number, until: number): Promise<(AudioPart & { readonly pts: number }) | undefined> {
    const demuxer = new TransportDemuxer(this.#window, this.#limits, this.#layout, from, this.#audio);
    for (let part = await demuxer.next(); part; part = await demuxer.next()) {
      const { at, pts } = part;
      if (at >= until || at - from > searchBytes) return undefined;
      if (pts !== undefined) return { ...part, pts };
    }
    return undefined;
  }

  /** Returns the sample of a time stamp: frames follow each other, so it is a multiple of their length. */
  #sampleAt(pts: number): number {
    const seconds = ticksBetween(this.#start.pts ?? pts, pts) / ticksPerSecond;
    return Math.round((seconds * this.#reader.facts.sampleRate) / this.#frame) * this.#frame;
  }
}
