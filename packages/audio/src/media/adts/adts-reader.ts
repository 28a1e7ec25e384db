import type { ByteWindow } from "../byte-window.ts";
import { FrameWalker, findFrame } from "../frames/frame-walker.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { MediaFacts } from "../media-stream.ts";
import type { Packet, PacketBatch, PacketFormat, PacketReader } from "../packet-reader.ts";
import { factsFrom } from "../tags/facts.ts";
import type { Tags } from "../tags/tags.ts";
import { type AdtsHeader, aacRates, adtsSyntax } from "./frame-header.ts";

/** Samples per frame. */
const frameSamples = 1_024;
/** Frames decoded before a seek target: one fills the overlap. */
const preRoll = 2;
const batchFrames = 5;
/** Frames whose mean length is used to estimate the duration. */
const estimateFrames = 50;

/** Reader of AAC frames without a container (ADTS). */
export class AdtsReader implements PacketReader {
  readonly facts: MediaFacts;
  readonly length = null;
  readonly #window: ByteWindow;
  readonly #walker: FrameWalker<AdtsHeader>;
  readonly #format: PacketFormat;

  private constructor(
    window: ByteWindow,
    walker: FrameWalker<AdtsHeader>,
    length: number | null,
    tags: Tags,
  ) {
    this.#window = window;
    this.#walker = walker;
    const { profile, rateIndex, channelConfiguration } = walker.first.header;
    const sampleRate = aacRates[rateIndex] ?? 0;
    const channels = channelConfiguration === 7 ? 8 : channelConfiguration;
    // AudioSpecificConfig: five bits of object type, four of rate, four of channels.
    const bits = ((profile + 1) << 11) | (rateIndex << 7) | (channelConfiguration << 3);
    this.#format = { codec: "aac", sampleRate, channels, config: Uint8Array.of(bits >> 8, bits & 0xff) };
    this.facts = factsFrom({
      container: "adts",
      codec: "aac",
      sampleRate,
      channels,
      length,
      seekable: window.size !== null,
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
    let length: number | null = null;
    if (window.size !== null) {
      let bytes = 0;
      for (let frame = await walker.next(); frame; frame = await walker.next()) {
        bytes += frame.header.bytes;
        if (walker.count === estimateFrames) break;
      }
      length = Math.round(((window.size - first.at) * walker.count) / bytes) * frameSamples;
      await walker.goTo(0);
    }
    return new AdtsReader(window, walker, length, tags);
  }

  async read(): Promise<PacketBatch | undefined> {
    const packets: Packet[] = [];
    while (packets.length < batchFrames) {
      const frame = await this.#walker.next();
      const bytes = frame && this.#window.peek(frame.at, frame.header.bytes);
      if (!bytes) break;
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
