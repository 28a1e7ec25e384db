import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { MediaFacts } from "../media-stream.ts";
import { opusPreRollSamples } from "../opus-packet.ts";
import type { Packet, PacketBatch, PacketReader } from "../packet-reader.ts";
import { factsFrom } from "../tags/facts.ts";
import { TrackError } from "../track-error.ts";
import { type Link, openLink } from "./link.ts";
import { PacketAssembler } from "./packet-assembler.ts";
import { maxPageBytes, type Page } from "./page.ts";
import { PageWalker } from "./page-walker.ts";

/** Range of a binary search below which pages are scanned one by one. */
const searchEndBytes = 2 * maxPageBytes;

/** Granule positions of a seekable track. */
interface TrackEnd {
  /** Granule position after the last packet. */
  readonly granule: number;
  /** Granule position before the first packet. */
  readonly base: number;
}

/**
 * Reader of the first audio stream of an Ogg file. It continues with the next stream of a chain, as sent by
 * internet radio for each song.
 */
export class OggReader implements PacketReader {
  readonly facts: MediaFacts;
  readonly length: number | null;
  readonly #window: ByteWindow;
  readonly #limits: MediaLimits;
  readonly #walker: PageWalker;
  readonly #assembler: PacketAssembler;
  #link: Link;
  /** Granule position of sample 0, known after the first page. */
  #base: number | null = null;
  /** Granule position of the next packet; null if the next page must provide it. */
  #position: number | null = null;
  #previousPacket: Uint8Array | undefined;
  #sequence: number | null = null;
  /** Whether the next page is the first one with audio. */
  #isFirstPage = true;
  #end: number | null = null;

  private constructor(window: ByteWindow, limits: MediaLimits, link: Link, end: TrackEnd | undefined) {
    this.#window = window;
    this.#limits = limits;
    this.#walker = new PageWalker(window, limits);
    this.#assembler = new PacketAssembler(limits.maxPacketBytes);
    this.#link = link;
    this.#base = end?.base ?? null;
    this.#restart(link.dataAt);
    const { format, tags, preSkip } = link.stream;
    const { codec, sampleRate, channels } = format;
    this.length = end ? Math.max(0, end.granule - end.base - preSkip) : null;
    this.facts = factsFrom({
      container: "ogg",
      codec,
      sampleRate,
      channels,
      tags,
      seekable: end !== undefined || (window.size === null && window.isSeekable),
      length: this.length,
    });
  }

  /** Reads the headers; returns undefined if there is no supported audio. */
  static async open(window: ByteWindow, limits: MediaLimits): Promise<OggReader | undefined> {
    const link = await openLink(new PageWalker(window, limits), limits);
    if (!link) return undefined;
    if (window.size === null) return new OggReader(window, limits, link, undefined);
    const last = await findLastPage(window, window.size, limits);
    // A file whose last page belongs to another stream is a chain, in which seeking is impossible.
    if (last?.serial !== link.serial) return new OggReader(window, limits, link, undefined);
    // A track cut from a longer one does not begin at 0.
    const probe = new OggReader(window, limits, link, undefined);
    await probe.read();
    return new OggReader(window, limits, link, { granule: last.granule ?? 0, base: probe.#base ?? 0 });
  }

  async read(): Promise<PacketBatch | undefined> {
    for (;;) {
      const page = await this.#walker.next();
      if (!page) return undefined;
      if (page.first) {
        if (!(await this.#openNext(page))) return undefined;
        continue;
      }
      if (page.serial !== this.#link.serial) continue;
      const packets = this.#positionPackets(page);
      if (packets.length > 0) return { format: this.#link.stream.format, packets, end: this.#end };
    }
  }

  /** Continues with the stream that begins at a page. */
  async #openNext(page: Page): Promise<boolean> {
    this.#walker.at = page.at;
    const link = await openLink(this.#walker, this.#limits);
    if (!link) return false;
    this.#link = link;
    this.#base = null;
    this.#end = null;
    this.#restart(link.dataAt);
    return true;
  }

  #restart(at: number): void {
    this.#walker.at = at;
    this.#isFirstPage = at === this.#link.dataAt;
    this.#assembler.reset();
    this.#position = null;
    this.#previousPacket = undefined;
    this.#sequence = null;
  }

  /** Assigns positions to the packets that end on a page. */
  #positionPackets(page: Page): Packet[] {
    const { stream } = this.#link;
    if (this.#sequence !== null && page.sequence !== this.#sequence + 1) {
      this.#assembler.reset();
      this.#position = null;
    }
    this.#sequence = page.sequence;
    const sized = this.#assembler.push(page).map((data) => {
      const samples = stream.samples(data, this.#previousPacket);
      if (samples > 0 || stream.format.codec === "vorbis") this.#previousPacket = data;
      return { data, samples };
    });
    const { granule } = page;
    if (granule === null || sized.length === 0) return [];
    const total = sized.reduce((sum, { samples }) => sum + samples, 0);
    // A first page may also be the last one, whose granule position is smaller than its content when the end
    // is trimmed.
    let position = this.#position ?? (page.last && this.#isFirstPage ? 0 : granule - total);
    this.#isFirstPage = false;
    this.#base ??= Math.max(0, position);
    const origin = this.#base + stream.preSkip;
    const packets = sized.map(({ data, samples }) => {
      const start = position - origin;
      position += samples;
      return { data, samples, start };
    });
    if (page.last || page.at + page.bytes === this.#window.size)
      this.#end = Math.max(0, Math.min(granule, position) - origin);
    // After lost data the page's granule position is authoritative.
    this.#position = Math.max(granule, position);
    return packets;
  }

  async seek(sample: number): Promise<void> {
    const { stream, dataAt, serial } = this.#link;
    const { size } = this.#window;
    if (size === null) return;
    this.#end = null;
    const lead = stream.format.codec === "opus" ? opusPreRollSamples : 0;
    const wanted = sample + (this.#base ?? 0) + stream.preSkip - lead;
    const walker = new PageWalker(this.#window, this.#limits);
    const find = async (from: number, until: number): Promise<Page | undefined> => {
      walker.at = from;
      for (;;) {
        const page = await walker.next(until);
        if (!page || (page.serial === serial && page.granule !== null)) return page;
      }
    };
    let [low, high] = [dataAt, size];
    while (high - low > searchEndBytes) {
      const middle = Math.floor((low + high) / 2);
      const page = await find(middle, high);
      if (page && (page.granule ?? 0) <= wanted) low = page.at;
      else high = middle;
    }
    // Start at the last page that ends before the target, from which a Vorbis decoder gets its state.
    let start = dataAt;
    for (
      let page = await find(low, size);
      page && (page.granule ?? 0) <= wanted;
      page = await find(walker.at, size)
    )
      start = page.at;
    this.#restart(start);
  }

  close(): void {
    this.#window.close();
  }
}

/** Finds the last page on which a packet ends; returns undefined if there is none. */
async function findLastPage(
  window: ByteWindow,
  size: number,
  limits: MediaLimits,
): Promise<Page | undefined> {
  const walker = new PageWalker(window, limits);
  for (const bytes of [maxPageBytes, 4 * maxPageBytes]) {
    walker.at = Math.max(0, size - bytes);
    let last: Page | undefined;
    try {
      for (let page = await walker.next(); page; page = await walker.next())
        if (page.granule !== null) last = page;
    } catch (error) {
      // The end is truncated; earlier pages are still valid.
      if (!(error instanceof TrackError)) throw error;
    }
    if (last) return last;
  }
  return undefined;
}
