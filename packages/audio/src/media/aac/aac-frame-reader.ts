import type { ByteWindow } from "../byte-window.ts";
import type { FrameHeader, FrameSyntax, StreamPart } from "../frames/frame-walker.ts";
import { type Frame, FrameWalker } from "../frames/frame-walker.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { MediaFacts } from "../media-stream.ts";
import type { Packet, PacketBatch, PacketFormat, PacketReader } from "../packet-reader.ts";
import { factsFrom } from "../tags/facts.ts";
import type { Tags } from "../tags/tags.ts";
import { aacPacketSamples, aacPreRoll } from "./aac-config.ts";

type AacFormat = Extract<PacketFormat, { readonly codec: "aac" }>;

/** Framing of AAC packets without a container. */
export interface AacFraming<H extends FrameHeader> {
  /** {@link MediaFacts.container}. */
  readonly container: string;
  readonly syntax: FrameSyntax<H>;
  /** Returns the format of a frame; undefined if it cannot be decoded by itself. */
  formatOf(header: H, frame: Uint8Array): AacFormat | undefined;
  /**
   * Returns the packets of a frame, in a part of the stream always the same number of them.
   *
   * @throws TrackError if the stream cannot be played any further.
   */
  packetsOf(header: H, frame: Uint8Array): readonly Uint8Array[];
}

/** Position in a file and its tags. */
export interface AacOrigin {
  readonly window: ByteWindow;
  readonly limits: MediaLimits;
  readonly tags: Tags;
}

const batchPackets = 5;

/** Reader of AAC frames without a container. */
export class AacFrameReader<H extends FrameHeader> implements PacketReader {
  readonly facts: MediaFacts;
  readonly length = null;
  readonly #window: ByteWindow;
  readonly #walker: FrameWalker<H>;
  readonly #framing: AacFraming<H>;
  #format: AacFormat;
  /** The part of the stream that has this format. */
  #part: StreamPart<H>;

  private constructor(
    { window, tags }: AacOrigin,
    walker: FrameWalker<H>,
    framing: AacFraming<H>,
    format: AacFormat,
    facts: { readonly length: number | null; readonly isEstimated: boolean },
  ) {
    this.#window = window;
    this.#walker = walker;
    this.#framing = framing;
    this.#part = walker.part;
    this.#format = format;
    const { codec, sampleRate, channels } = format;
    const { container } = framing;
    this.facts = factsFrom({
      ...facts,
      container,
      codec,
      sampleRate,
      channels,
      seekable: window.isSeekable,
      tags,
    });
  }

  /**
   * Opens the frames from the first one on, and measures them.
   *
   * @param format - Format of the first frame.
   */
  static async open<H extends FrameHeader>(
    origin: AacOrigin,
    framing: AacFraming<H>,
    first: Frame<H>,
    format: AacFormat,
  ): Promise<AacFrameReader<H>> {
    const walker = new FrameWalker(origin.window, origin.limits, framing.syntax, first);
    const measured = await walker.measure();
    const length = measured && Math.round(measured.seconds * format.sampleRate);
    const isEstimated = measured?.isEstimated === true;
    return new AacFrameReader(origin, walker, framing, format, { length, isEstimated });
  }

  /** Header of the first frame of the part that is being read. */
  get header(): H {
    return this.#part.header;
  }

  async read(): Promise<PacketBatch | undefined> {
    const packets: Packet[] = [];
    while (packets.length < batchPackets) {
      const frame = await this.#walker.next();
      const bytes = frame && this.#window.peek(frame.at, frame.header.bytes);
      if (!bytes) break;
      if (this.#part !== this.#walker.part) {
        if (packets.length > 0) {
          this.#walker.putBack(frame);
          break;
        }
        const format = this.#framing.formatOf(frame.header, bytes);
        if (!format) continue;
        this.#part = this.#walker.part;
        this.#format = format;
      }
      const samples = aacPacketSamples(this.#format.config);
      const data = this.#framing.packetsOf(frame.header, bytes);
      const count = (this.#walker.count - 1 - this.#part.first) * data.length;
      for (const [index, packet] of data.entries())
        packets.push({
          data: packet,
          start: this.#begin + (count + index) * samples,
          samples,
          at: frame.at,
        });
    }
    if (packets.length === 0) return undefined;
    const begin = this.#part.first > 0 ? { begin: this.#begin } : {};
    return { format: this.#format, packets, ...begin, end: null };
  }

  async seek(sample: number): Promise<void> {
    const { secondsOf } = this.#framing.syntax;
    const preRoll = aacPreRoll(this.#format.config) / this.#format.sampleRate;
    await this.#walker.seek(sample / this.facts.sampleRate, (header) =>
      Math.ceil(preRoll / secondsOf(header)),
    );
  }

  close(): void {
    this.#window.close();
  }

  /** Sample at which the part begins. */
  get #begin(): number {
    return Math.round(this.#part.seconds * this.#format.sampleRate);
  }
}
