import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { MediaFacts } from "../media-stream.ts";
import { checkMissingEnd } from "../missing-end.ts";
import { opusPreRollSamples } from "../opus-packet.ts";
import type { Packet, PacketBatch, PacketReader } from "../packet-reader.ts";
import { factsFrom } from "../tags/facts.ts";
import { TrackError } from "../track-error.ts";
import { hasTooFewPages, restarts } from "./chain.ts";
import { type Link, openLink } from "./link.ts";
import { PacketAssembler } from "./packet-assembler.ts";
import { maxPageBytes, type Page } from "./page.ts";
import { PageWalker } from "./page-walker.ts";
import { isVorbisAudio } from "./vorbis-blocks.ts";

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
  readonly #length: number | null;
  readonly #window: ByteWindow;
  readonly #limits: MediaLimits;
  readonly #walker: PageWalker;
  readonly #assembler: PacketAssembler;
  #link: Link;
  /** Granule position of sample 0, known after the first page. */
  #base: number | null = null;
  /** Granule position of the next packet; null if the next page must provide it. */
  #position: number | null = null;
  /** Packet that a Vorbis packet overlaps with. */
  #previousPacket: Uint8Array | undefined;
  #sequence: number | null = null;
  /** Whether the next page is the first one with audio. */
  #isFirstPage = true;
  #end: number | null = null;
  /** Sample of the track at which the current link begins, and the end of its last packet. */
  #begin = 0;
  #readTo = 0;
  /** Links of a chain that were read so far, by the seconds at which they begin. */
  readonly #links: { readonly seconds: number; readonly at: number }[] = [];
  /** Whether the file is a chain, whose links are found by reading it. */
  #isChain: boolean;

  private constructor(
    window: ByteWindow,
    limits: MediaLimits,
    link: Link,
    end: TrackEnd | undefined,
    chainSeconds?: number,
  ) {
    this.#window = window;
    this.#limits = limits;
    this.#walker = new PageWalker(window, limits);
    this.#assembler = new PacketAssembler(limits.maxPacketBytes);
    this.#link = link;
    this.#base = end?.base ?? null;
    this.#restart(link.dataAt);
    const { format, tags, preSkip } = link.stream;
    const { codec, sampleRate, channels } = format;
    this.#isChain = end === undefined;
    this.#length = end ? Math.max(0, end.granule - end.base - preSkip) : null;
    this.facts = factsFrom({
      container: "ogg",
      codec,
      sampleRate,
      channels,
      tags,
      seekable: window.isSeekable,
      length: chainSeconds === undefined ? this.#length : Math.round(chainSeconds * sampleRate),
    });
  }

  get length(): number | null {
    return this.#isChain ? null : this.#length;
  }

  /** Reads the headers; returns undefined if there is no supported audio. */
  static async open(window: ByteWindow, limits: MediaLimits): Promise<OggReader | undefined> {
    const link = await openLink(new PageWalker(window, limits), limits);
    if (!link) return undefined;
    if (window.size === null) return new OggReader(window, limits, link, undefined);
    const { size } = window;
    const end = await findLastPage(window, size, limits);
    const isMultiplexed = end !== undefined && end.serial !== link.serial && link.group.has(end.serial);
    const last = isMultiplexed ? await findLastPage(window, size, limits, link.serial) : end;
    // A file whose last page belongs to a stream that does not begin here is a chain.
    if (
      last?.serial !== link.serial ||
      ((window.isLocal || (await hasTooFewPages(window, size, limits, link, last))) &&
        (await restarts(window, size, limits, link, last)))
    ) {
      const seconds = await OggReader.#measureChain(window, limits, link);
      return new OggReader(window, limits, link, undefined, seconds);
    }
    // A track cut from a longer one does not begin at 0.
    const probe = new OggReader(window, limits, link, undefined);
    await probe.read();
    return new OggReader(window, limits, link, { granule: last.granule ?? 0, base: probe.#base ?? 0 });
  }

  /** Measures a local chain of moderate size by reading it, which a player does not wait for; undefined for others. */
  static async #measureChain(
    window: ByteWindow,
    limits: MediaLimits,
    first: Link,
  ): Promise<number | undefined> {
    const { size, isLocal, isForPlaying } = window;
    if (size === null || !isLocal || isForPlaying || size > limits.maxCountedBytes) return undefined;
    window.setBudget(Number.POSITIVE_INFINITY);
    const reader = new OggReader(window, limits, first, undefined);
    try {
      while (await reader.read());
    } catch (error) {
      // The end is truncated or damaged; what was read counts.
      if (!(error instanceof TrackError)) throw error;
    }
    return reader.seconds;
  }

  async read(): Promise<PacketBatch | undefined> {
    for (;;) {
      const page = await this.#walker.next();
      if (!page) {
        this.#checkTruncated();
        return undefined;
      }
      if (page.first) {
        if (!(await this.#openNext(page))) return undefined;
        continue;
      }
      if (page.serial !== this.#link.serial) continue;
      const packets = this.#positionPackets(page);
      const last = packets.at(-1);
      if (!last) continue;
      this.#readTo = last.start + last.samples;
      return { format: this.#link.stream.format, packets, begin: this.#begin, end: this.#end };
    }
  }

  /** @throws TrackError if a second or more of the truncated last page is missing. */
  #checkTruncated(): void {
    const { serial, stream } = this.#link;
    const { truncated } = this.#walker;
    if (truncated?.serial !== serial || truncated.granule === null || this.#position === null) return;
    checkMissingEnd(truncated.granule - this.#position, stream.format.sampleRate);
  }

  /** Continues with the stream that begins at a page. */
  async #openNext(page: Page): Promise<boolean> {
    return await this.#openAt(page.at, this.seconds);
  }

  /** Opens the link at a position, which begins at a time in seconds. */
  async #openAt(at: number, seconds: number): Promise<boolean> {
    this.#walker.at = at;
    const link = await openLink(this.#walker, this.#limits);
    if (!link) return false;
    // Not every chain on a server is recognised before its second link.
    if (at > 0) this.#isChain = true;
    this.#link = link;
    this.#begin = Math.round(seconds * link.stream.format.sampleRate);
    this.#readTo = this.#begin;
    if (seconds > (this.#links.at(-1)?.seconds ?? 0)) this.#links.push({ seconds, at });
    this.#base = null;
    this.#end = null;
    this.#restart(link.dataAt);
    return true;
  }

  /** Seconds up to the end of the packets that were read, without what is trimmed at the end of the link. */
  get seconds(): number {
    return Math.min(this.#readTo, this.#end ?? this.#readTo) / this.#link.stream.format.sampleRate;
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
      if (isVorbisAudio(data)) this.#previousPacket = data;
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
      const start = this.#begin + position - origin;
      position += samples;
      return { data, samples, start };
    });
    const isLast = page.last || page.at + page.bytes === this.#window.size;
    this.#end = isLast ? this.#begin + Math.max(0, Math.min(granule, position) - origin) : null;
    // After lost data the page's granule position is authoritative.
    this.#position = Math.max(granule, position);
    return packets;
  }

  async seek(sample: number): Promise<void> {
    const { stream, dataAt, serial } = this.#link;
    const { size } = this.#window;
    if (size === null) return;
    if (this.#isChain) {
      // The packets before the target are skipped from the start of its link on, if that is known.
      const seconds = sample / this.facts.sampleRate;
      const known = this.#links.findLast((place) => place.seconds <= seconds);
      await this.#openAt(known?.at ?? 0, known?.seconds ?? 0);
      return;
    }
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

/** Finds the last page on which a packet ends, of a stream if one is given; returns undefined if there is none near the end. */
async function findLastPage(
  window: ByteWindow,
  size: number,
  limits: MediaLimits,
  serial?: number,
): Promise<Page | undefined> {
  const walker = new PageWalker(window, limits);
  for (const bytes of [maxPageBytes, 4 * maxPageBytes]) {
    walker.at = Math.max(0, size - bytes);
    let last: Page | undefined;
    try {
      for (let page = await walker.next(); page; page = await walker.next())
        if (page.granule !== null && page.serial === (serial ?? page.serial)) last = page;
    } catch (error) {
      // The end is damaged; earlier pages are still valid.
      if (!(error instanceof TrackError)) throw error;
    }
    if (last) return last;
  }
  return undefined;
}
