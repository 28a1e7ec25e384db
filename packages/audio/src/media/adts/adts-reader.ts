import type { ByteWindow } from "../byte-window.ts";
import { FrameWalker, findFrame, type StreamLength } from "../frames/frame-walker.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { MediaFacts } from "../media-stream.ts";
import type { Packet, PacketBatch, PacketFormat, PacketReader } from "../packet-reader.ts";
import { factsFrom } from "../tags/facts.ts";
import type { Tags } from "../tags/tags.ts";
import { type AdtsHeader, aacRates, adtsSyntax, frameSamples } from "./frame-header.ts";

/** Frames decoded before a seek target: one fills the overlap. */
const preRoll = 2;
const batchFrames = 5;

/** Reader of AAC frames without a container (ADTS). */
export class AdtsReader implements PacketReader {
  readonly facts: MediaFacts;
  readonly length = null;
  readonly #window: ByteWindow;
  readonly #walker: FrameWalker<AdtsHeader>;
  #format: PacketFormat;
  #header: AdtsHeader;

  private constructor(
    window: ByteWindow,
    walker: FrameWalker<AdtsHeader>,
    measured: StreamLength | null,
    tags: Tags,
  ) {
    this.#window = window;
    this.#walker = walker;
    this.#header = walker.first.header;
    this.#format = formatOf(this.#header);
    const { sampleRate, channels } = this.#format;
    this.facts = factsFrom({
      container: "adts",
      codec: "aac",
      sampleRate,
      channels,
      length: measured && Math.round(measured.seconds * sampleRate),
      isEstimated: measured?.isEstimated === true,
      seekable: window.isSeekable,
      tags,
    });
  }

  /**
   * Finds the first frame; undefined if there is none.
   *
   * @param at - Position after the tags.
   */
  static async open(
    window: ByteWindow,
    limits: MediaLimits,
    at: number,
    tags: Tags,
  ): Promise<AdtsReader | undefined> {
    const first = await findFrame(window, at, adtsSyntax, limits);
    if (!first) return undefined;
    const walker = new FrameWalker(window, limits, adtsSyntax, first);
    return new AdtsReader(window, walker, await walker.measure(), tags);
  }

  async read(): Promise<PacketBatch | undefined> {
    const packets: Packet[] = [];
    while (packets.length < batchFrames) {
      const frame = await this.#walker.next();
      const bytes = frame && this.#window.peek(frame.at, frame.header.bytes);
      if (!bytes) break;
      if (!adtsSyntax.isSameStream(frame.header, this.#header)) {
        if (packets.length > 0) {
          this.#walker.putBack(frame);
          break;
        }
        this.#header = frame.header;
        this.#format = formatOf(frame.header);
      }
      const start = (this.#walker.count - 1) * frameSamples;
      packets.push({ data: bytes.subarray(frame.header.dataAt), start, samples: frameSamples });
    }
    return packets.length > 0 ? { format: this.#format, packets, end: null } : undefined;
  }

  async seek(sample: number): Promise<void> {
    await this.#walker.goTo(Math.max(0, Math.floor(sample / frameSamples) - preRoll));
  }

  close(): void {
    this.#window.close();
  }
}

function formatOf({ profile, rateIndex, channelConfiguration }: AdtsHeader): PacketFormat {
  const channels = channelConfiguration === 7 ? 8 : channelConfiguration;
  // AudioSpecificConfig: five bits of object type, four of rate, four of channels.
  const bits = ((profile + 1) << 11) | (rateIndex << 7) | (channelConfiguration << 3);
  const config = Uint8Array.of(bits >> 8, bits & 0xff);
  return { codec: "aac", sampleRate: aacRates[rateIndex] ?? 0, channels, config };
}
