import type { ByteWindow } from "../byte-window.ts";
import {
  type Frame,
  type FrameSyntax,
  FrameWalker,
  findFrame,
  type StreamLength,
  type StreamPart,
} from "../frames/frame-walker.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { MediaFacts } from "../media-stream.ts";
import { checkMissingEnd } from "../missing-end.ts";
import type { Packet, PacketBatch, PacketFormat, PacketReader } from "../packet-reader.ts";
import { factsFrom } from "../tags/facts.ts";
import { id3HeaderBytes, id3LengthOf } from "../tags/id3.ts";
import type { Tags } from "../tags/tags.ts";
import { type MpegHeader, mpegSyntax } from "./frame-header.ts";
import { type InfoFrame, readInfoFrame } from "./info-frame.ts";

/** Delay of every Layer III decoder in samples. */
const decoderDelay = 529;
/** Frames decoded before a seek target: the minimum with variable frame lengths, and the maximum. */
const preRollFrames = { min: 10, max: 30 } as const;
/** Size of the bit reservoir in bytes, by version. */
const reservoirBytes = { 1: 511, 2: 255 } as const;
const batchSeconds = 0.1;
/** Bytes behind the counted audio that are usual, tags without pictures, unless they are a second of audio. */
const uncountedBytes = 32 * 1024;

/** Reader of MPEG audio frames, Layers I to III. */
export class MpegReader implements PacketReader {
  readonly facts: MediaFacts;
  readonly length: number | null;
  readonly #window: ByteWindow;
  readonly #walker: FrameWalker<MpegHeader>;
  readonly #syntax: FrameSyntax<MpegHeader>;
  #format: PacketFormat;
  readonly #info: InfoFrame | undefined;
  /** Sample of the track at which frame 0 begins, at the sample rate of the first part. */
  readonly #origin: number;
  readonly #end: number | null;

  private constructor(
    window: ByteWindow,
    walker: FrameWalker<MpegHeader>,
    syntax: FrameSyntax<MpegHeader>,
    info: InfoFrame | undefined,
    measured: StreamLength | null,
    tags: Tags,
  ) {
    this.#window = window;
    this.#walker = walker;
    this.#syntax = syntax;
    this.#info = info;
    const { sampleRate, channels, samples } = walker.first.header;
    this.#format = formatOf(walker.first.header);
    const delay = info?.delay ?? null;
    this.#origin = delay === null ? 0 : -(delay + decoderDelay);
    const frames = info?.frames ?? null;
    this.#end =
      frames === null || delay === null ? null : Math.max(0, frames * samples - delay - (info?.padding ?? 0));
    const length = frames === null ? measured && Math.round(measured.seconds * sampleRate) : frames * samples;
    const isEstimated = frames === null && measured?.isEstimated === true;
    // A measured length ends with the bytes, of which there may be more by then.
    this.length = this.#end ?? (frames === null ? null : length);
    this.facts = factsFrom({
      container: "mp3",
      codec: "mp3",
      sampleRate,
      channels,
      length: this.#end ?? length,
      isEstimated,
      seekable: window.isSeekable,
      tags,
    });
  }

  /**
   * Finds the first frame; returns undefined if there is none.
   *
   * @param at - Position after the tags.
   * @param syntax - Syntax of the frames; the free format has one of its own for each length. Default: that of standard bit rates.
   */
  static async open(
    window: ByteWindow,
    limits: MediaLimits,
    at: number,
    tags: Tags,
    syntax = mpegSyntax,
  ): Promise<MpegReader | undefined> {
    const first = await findFrame(window, at, syntax, limits);
    if (!first) return undefined;
    const bytes = await window.at(first.at, first.header.bytes);
    const info = first.header.layer === 3 ? readInfoFrame(bytes, first.header) : undefined;
    // The information frame holds no audio; another tag or damage may follow.
    const next = first.at + first.header.bytes;
    const start = info ? await findFrame(window, next, syntax, limits, first.header) : first;
    if (!start) return undefined;
    // Radio that plays a file sends that file's information frame, which does not describe the stream.
    const streamInfo =
      info && !window.isEndless && !(await continuesAfter(window, limits, syntax, first, info))
        ? info
        : undefined;
    const replayGainDb = tags.replayGainDb ?? info?.replayGainDb ?? null;
    const walker = new FrameWalker(window, limits, syntax, start);
    const measured = streamInfo?.frames ? null : await walker.measure();
    return new MpegReader(window, walker, syntax, streamInfo, measured, { ...tags, replayGainDb });
  }

  async read(): Promise<PacketBatch | undefined> {
    const packets: Packet[] = [];
    let { part } = this.#walker;
    const isFull = () => packets.length * part.header.samples >= batchSeconds * part.header.sampleRate;
    while (!isFull()) {
      const frame = await this.#walker.next();
      const data = frame && this.#window.peek(frame.at, frame.header.bytes);
      if (!data) break;
      const isOfFormat = this.#isOfFormat(frame.header);
      if (!isOfFormat || part !== this.#walker.part) {
        if (packets.length > 0) {
          this.#walker.putBack(frame);
          break;
        }
        if (!isOfFormat) this.#format = formatOf(frame.header);
        ({ part } = this.#walker);
      }
      const { samples } = part.header;
      const start = this.#beginOf(part) + (this.#walker.count - 1 - part.first) * samples;
      if (this.length !== null && part.first === 0 && start >= this.length) break;
      packets.push({ data, start, samples, at: frame.at });
    }
    if (packets.length > 0)
      return part.first === 0
        ? { format: this.#format, packets, end: this.#end }
        : { format: this.#format, packets, begin: this.#beginOf(part), end: null };
    const frames = this.#info?.frames ?? null;
    const { samples, sampleRate } = part.header;
    if (frames !== null) checkMissingEnd((frames - this.#walker.count) * samples, sampleRate);
    return undefined;
  }

  async seek(sample: number): Promise<void> {
    const { header, at } = this.#walker.first;
    const { samples, bitrate, sampleRate, layer } = header;
    const guess = async (wanted: number) => {
      // At a constant bit rate, padding keeps the total length within a byte of this.
      const expected = at + Math.floor((wanted * samples * bitrate) / 8 / sampleRate);
      return this.#info?.constantBitrate && layer !== 1 ? await this.#findNear(expected) : undefined;
    };
    await this.#walker.seek((sample - this.#origin) / sampleRate, (each) => this.#preRollOf(each), guess);
  }

  /** Returns the sample of the track at which a part begins, in its own sample rate. */
  #beginOf({ seconds, header }: StreamPart<MpegHeader>): number {
    const { sampleRate } = this.#walker.first.header;
    return Math.round((seconds + this.#origin / sampleRate) * header.sampleRate);
  }

  #isOfFormat({ sampleRate, channels }: MpegHeader): boolean {
    return sampleRate === this.#format.sampleRate && channels === this.#format.channels;
  }

  /** Frames that fill the bit reservoir, and two for the overlap. */
  #preRollOf({ bytes, mainDataAt, version }: MpegHeader): number {
    const frames = Math.ceil(reservoirBytes[version] / Math.max(1, bytes - mainDataAt)) + 2;
    const min = this.#info?.constantBitrate ? 0 : preRollFrames.min;
    return Math.min(Math.max(frames, min), preRollFrames.max);
  }

  /** Finds the frame of the usual bit rate that begins within a byte of a position. */
  async #findNear(expected: number): Promise<number | undefined> {
    for (const at of [expected, expected + 1, expected - 1]) {
      const header = this.#syntax.read(await this.#window.at(at, this.#syntax.headerBytes), 0);
      if (header?.bitrate === this.#walker.first.header.bitrate) return at;
    }
    return undefined;
  }

  close(): void {
    this.#window.close();
  }
}

const formatOf = ({ sampleRate, channels }: MpegHeader): PacketFormat => ({
  codec: "mp3",
  sampleRate,
  channels,
});

/**
 * Returns whether audio follows that an information frame does not count: files are joined, and podcasts get
 * advertisements, without a new one. Its delay and padding are then those of a part.
 */
async function continuesAfter(
  window: ByteWindow,
  limits: MediaLimits,
  syntax: FrameSyntax<MpegHeader>,
  { at, header }: Frame<MpegHeader>,
  { bytes, frames, constantBitrate }: InfoFrame,
): Promise<boolean> {
  const counted = bytes ?? (constantBitrate ? (frames ?? 0) * header.bytes : 0);
  if (window.size === null || counted === 0) return false;
  const end = at + counted;
  if (window.size - end < Math.min(uncountedBytes, header.bitrate / 8)) return false;
  const from = end + id3LengthOf(await window.at(end, id3HeaderBytes));
  return (await findFrame(window, from, syntax, limits)) !== undefined;
}
