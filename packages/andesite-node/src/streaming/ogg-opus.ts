import { frameChannels, frameSamples, sampleRate } from "../engine/frame.ts";

const headerBytes = 27;
/** Maximum segment size; a packet ends with its first shorter segment. */
const maxSegmentBytes = 255;
/** Maximum number of segments per page. */
const maxPageSegments = 255;
const versionAt = 4;
const flagsAt = 5;
const granuleAt = 6;
const serialAt = 14;
const sequenceAt = 18;
const checksumAt = 22;
const segmentsAt = 26;
const continuedPage = 1;
const firstPage = 2;
const lastPage = 4;
/** Granule position of a page on which no packet ends. */
const noGranule = -1;

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80_00_00_00 ? (crc << 1) ^ 0x04_c1_1d_b7 : crc << 1;
  return crc >>> 0;
});

function checksum(page: Uint8Array): number {
  let crc = 0;
  for (const byte of page) crc = (crc << 8) ^ (crcTable[((crc >>> 24) ^ byte) & 0xff] ?? 0);
  return crc >>> 0;
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** Options of the Ogg headers. */
export interface OggOpusOptions {
  /**
   * Samples at 48 kHz that decoders discard at the start. Default: 3,840, the 80 ms that a decoder needs to
   * converge when it joins in the middle of a stream (RFC 7845, section 4.6).
   */
  readonly preSkip?: number;
  /** Tags, each as `NAME=value`. Default: none. */
  readonly comments?: readonly string[];
}

const defaultPreSkip = 3_840;

/** Returns the identification header (RFC 7845, section 5.1). */
function identificationHeader(preSkip: number): Uint8Array {
  const packet = new Uint8Array(19);
  packet.set(ascii("OpusHead"));
  const view = new DataView(packet.buffer);
  view.setUint8(8, 1);
  view.setUint8(9, frameChannels);
  view.setUint16(10, preSkip, true);
  view.setUint32(12, sampleRate, true);
  return packet;
}

/** Returns the comment header (RFC 7845, section 5.2). */
function commentHeader(vendor: string, tags: readonly string[]): Uint8Array {
  const count = Buffer.alloc(4);
  count.writeUInt32LE(tags.length);
  return Buffer.concat([ascii("OpusTags"), lengthPrefixed(vendor), count, ...tags.map(lengthPrefixed)]);
}

/** Returns a string prefixed with its length. */
function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
}

interface PageContent {
  readonly flags: number;
  readonly granule: number;
  readonly lacing: readonly number[];
  readonly body: Uint8Array;
}

/** Muxes Opus packets of 20 ms into an endless Ogg stream (RFC 3533, RFC 7845). */
export class OggOpusWriter {
  readonly #serial: number;
  readonly #options: OggOpusOptions;
  #sequence = 0;
  #granule = 0;

  /** @param serial - Serial number of the stream: any 32-bit number. */
  constructor(serial: number, options: OggOpusOptions = {}) {
    this.#serial = serial;
    this.#options = options;
  }

  /** Returns the header pages, which start the stream. */
  headers(): Uint8Array {
    const { preSkip = defaultPreSkip, comments: tags = [] } = this.#options;
    return Buffer.concat([
      ...this.#layOutPages([identificationHeader(preSkip)], firstPage, () => 0),
      ...this.#layOutPages([commentHeader("asterite", tags)], 0, () => 0),
    ]);
  }

  /**
   * Returns the packets as one page, or as several if they do not fit.
   *
   * @param packets - Packets of 20 ms.
   * @param isLast - Whether the stream ends with this page. Default: false.
   */
  pages(packets: readonly Uint8Array[], isLast = false): Uint8Array {
    const start = this.#granule;
    this.#granule += packets.length * frameSamples;
    const pages = this.#layOutPages(packets, 0, (ended) => start + ended * frameSamples, isLast);
    return pages.length === 1 && pages[0] ? pages[0] : Buffer.concat(pages);
  }

  /**
   * Splits packets into pages. A packet that does not fit continues on the next page.
   *
   * @param flags - Header flags of the first page.
   * @param granuleAfter - Returns the granule position after the given number of packets has ended.
   */
  #layOutPages(
    packets: readonly Uint8Array[],
    flags: number,
    granuleAfter: (ended: number) => number,
    isLast = false,
  ): Uint8Array[] {
    const lacing = packets.flatMap(({ length }) => [
      ...Array<number>(Math.floor(length / maxSegmentBytes)).fill(maxSegmentBytes),
      length % maxSegmentBytes,
    ]);
    const body = Buffer.concat(packets);
    const pages: Uint8Array[] = [];
    let at = 0;
    let ended = 0;
    let isInside = false;
    do {
      const from = pages.length * maxPageSegments;
      const values = lacing.slice(from, from + maxPageSegments);
      const bytes = values.reduce((sum, value) => sum + value, 0);
      const endedHere = values.filter((value) => value < maxSegmentBytes).length;
      ended += endedHere;
      const isEnd = isLast && from + maxPageSegments >= lacing.length;
      pages.push(
        this.#writePage({
          flags: (pages.length === 0 ? flags : 0) | (isInside ? continuedPage : 0) | (isEnd ? lastPage : 0),
          granule: endedHere > 0 || values.length === 0 ? granuleAfter(ended) : noGranule,
          lacing: values,
          body: body.subarray(at, at + bytes),
        }),
      );
      at += bytes;
      isInside = values.at(-1) === maxSegmentBytes;
    } while (pages.length * maxPageSegments < lacing.length);
    return pages;
  }

  #writePage({ flags, granule, lacing, body }: PageContent): Uint8Array {
    const bodyAt = headerBytes + lacing.length;
    const page = new Uint8Array(bodyAt + body.length);
    const view = new DataView(page.buffer);
    page.set(ascii("OggS"));
    view.setUint8(versionAt, 0);
    view.setUint8(flagsAt, flags);
    view.setBigInt64(granuleAt, BigInt(granule), true);
    view.setUint32(serialAt, this.#serial, true);
    view.setUint32(sequenceAt, this.#sequence++, true);
    view.setUint8(segmentsAt, lacing.length);
    page.set(lacing, headerBytes);
    page.set(body, bodyAt);
    view.setUint32(checksumAt, checksum(page), true);
    return page;
  }
}
