import { aacFormat } from "../aac/aac-config.ts";
import { aacLayout, readAacLayout } from "../aac/aac-layout.ts";
import { BitReader } from "../bit-reader.ts";
import type { ByteWindow } from "../byte-window.ts";
import { FrameWalker, findFrame, type StreamLength } from "../frames/frame-walker.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { MediaFacts } from "../media-stream.ts";
import type { Packet, PacketBatch, PacketFormat, PacketReader } from "../packet-reader.ts";
import { factsFrom } from "../tags/facts.ts";
import type { Tags } from "../tags/tags.ts";
import { TrackError } from "../track-error.ts";
import { type AdtsHeader, adtsSyntax, frameSamples } from "./frame-header.ts";

/** Names of the profiles by number. */
const profiles: readonly string[] = ["Main", "LC", "SSR", "LTP"];
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
    format: PacketFormat,
    measured: StreamLength | null,
    tags: Tags,
  ) {
    this.#window = window;
    this.#walker = walker;
    this.#header = walker.first.header;
    this.#format = format;
    const { codec, sampleRate, channels } = format;
    this.facts = factsFrom({
      container: "adts",
      codec,
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
   * @throws TrackError if the profile is not that of low complexity.
   */
  static async open(
    window: ByteWindow,
    limits: MediaLimits,
    at: number,
    tags: Tags,
  ): Promise<AdtsReader | undefined> {
    const first = await findFrame(window, at, adtsSyntax, limits);
    const frame = first && (await window.at(first.at, first.header.bytes));
    const format = frame && formatOf(first.header, frame.subarray(first.header.dataAt));
    if (!first || !format) return undefined;
    const profile = profiles[first.header.profile];
    if (profile !== "LC") throw new TrackError(`AAC of the profile ${profile} is not supported.`, "COMMON");
    const walker = new FrameWalker(window, limits, adtsSyntax, first);
    return new AdtsReader(window, walker, format, await walker.measure(), tags);
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
        const format = formatOf(frame.header, bytes.subarray(frame.header.dataAt));
        if (!format) continue;
        this.#header = frame.header;
        this.#format = format;
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

/** Element of a packet that holds the layout of the channels. */
const layoutElement = 5;

/** Returns the format of a frame; undefined if its packet lacks the layout that the header refers to. */
function formatOf(
  { rateIndex, channelConfiguration }: AdtsHeader,
  packet: Uint8Array,
): PacketFormat | undefined {
  if (channelConfiguration > 0) {
    const layout = aacLayout(channelConfiguration);
    return layout && aacFormat({ rateIndex, ...layout });
  }
  const reader = new BitReader();
  reader.load(packet);
  const layout = reader.read(3) === layoutElement ? readAacLayout(reader) : undefined;
  return layout && aacFormat({ rateIndex, ...layout });
}
