import { type AacConfig, aacFormat, aacPacketSamples, aacPreRoll, aacRates } from "../aac/aac-config.ts";
import { type AacLayout, aacLayout, readAacLayout } from "../aac/aac-layout.ts";
import { BitReader } from "../bit-reader.ts";
import type { ByteWindow } from "../byte-window.ts";
import { AacPacketDecoder } from "../decoders/aac/aac-packet-decoder.ts";
import { FrameWalker, findFrame, type StreamLength } from "../frames/frame-walker.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { MediaFacts } from "../media-stream.ts";
import type { Packet, PacketBatch, PacketFormat, PacketReader } from "../packet-reader.ts";
import { factsFrom } from "../tags/facts.ts";
import type { Tags } from "../tags/tags.ts";
import { TrackError } from "../track-error.ts";
import { type AdtsHeader, adtsSyntax } from "./frame-header.ts";

/** Names of the profiles by number. */
const profiles: readonly string[] = ["Main", "LC", "SSR", "LTP"];
/** Frames at the start in which spectral band replication is looked for. */
const probedFrames = 3;
/** Highest rate of a core whose replication is looked for, in Hz. */
const maxCoreRate = 24_000;
const batchFrames = 5;

type AacFormat = Extract<PacketFormat, { codec: "aac" }>;

/** Reader of AAC frames without a container (ADTS). */
export class AdtsReader implements PacketReader {
  readonly facts: MediaFacts;
  readonly length = null;
  readonly #window: ByteWindow;
  readonly #walker: FrameWalker<AdtsHeader>;
  #format: AacFormat;
  #header: AdtsHeader;

  private constructor(
    window: ByteWindow,
    walker: FrameWalker<AdtsHeader>,
    format: AacFormat,
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
    if (!first) return undefined;
    const packets: Uint8Array[] = [];
    for (let next = first.at, header: AdtsHeader | undefined = first.header; header; ) {
      const frame: Uint8Array = await window.at(next, header.bytes);
      packets.push(frame.slice(header.dataAt));
      next += header.bytes;
      const head = await window.at(next, adtsSyntax.headerBytes);
      header = packets.length < probedFrames ? adtsSyntax.read(head, 0) : undefined;
    }
    const format = formatOf(first.header, packets);
    if (!format) return undefined;
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
        const format = formatOf(frame.header, [bytes.subarray(frame.header.dataAt)]);
        if (!format) continue;
        this.#header = frame.header;
        this.#format = format;
      }
      const samples = aacPacketSamples(this.#format.config);
      const start = (this.#walker.count - 1) * samples;
      packets.push({ data: bytes.subarray(frame.header.dataAt), start, samples });
    }
    return packets.length > 0 ? { format: this.#format, packets, end: null } : undefined;
  }

  async seek(sample: number): Promise<void> {
    const { config } = this.#format;
    const before = Math.max(0, sample - aacPreRoll(config));
    await this.#walker.goTo(Math.floor(before / aacPacketSamples(config)));
  }

  close(): void {
    this.#window.close();
  }
}

/** Element of a packet that holds the layout of the channels. */
const layoutElement = 5;

/**
 * Returns the format of the first of these packets, with spectral band replication if one of them holds it; undefined
 * if the first lacks the layout that its header refers to.
 */
function formatOf(
  { rateIndex, channelConfiguration }: AdtsHeader,
  packets: readonly Uint8Array[],
): AacFormat | undefined {
  const layout = channelConfiguration > 0 ? aacLayout(channelConfiguration) : layoutIn(packets[0]);
  if (!layout) return undefined;
  const config: AacConfig = { rateIndex, ...layout };
  return aacFormat(hasReplication(config, packets) ? { ...config, isReplicated: true } : config);
}

function layoutIn(packet: Uint8Array | undefined): AacLayout | undefined {
  const reader = new BitReader();
  reader.load(packet ?? new Uint8Array());
  return reader.read(3) === layoutElement ? readAacLayout(reader) : undefined;
}

function hasReplication(config: AacConfig, packets: readonly Uint8Array[]): boolean {
  if ((aacRates[config.rateIndex] ?? 0) > maxCoreRate) return false;
  const decoder = new AacPacketDecoder(config);
  return packets.some((packet) => {
    try {
      decoder.decode(packet);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
    return decoder.hasReplication;
  });
}
