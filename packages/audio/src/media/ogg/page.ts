/** Length of the fixed part of a page header. */
export const pageHeaderBytes = 27;
/** Maximum page length: header, 255 lacing values, 255 segments of 255 bytes. */
export const maxPageBytes = pageHeaderBytes + 255 + 255 * 255;

/** Fixed part of a page's header (RFC 3533, section 6). */
export interface PageHeader {
  /** Whether the first segment continues a packet of the previous page. */
  readonly continued: boolean;
  /** Whether the page begins a logical stream. */
  readonly first: boolean;
  /** Whether the page ends a logical stream. */
  readonly last: boolean;
  /** Granule position after the last packet that ends here, in the codec's unit; null if none ends. */
  readonly granule: number | null;
  readonly serial: number;
  readonly sequence: number;
}

/** Ogg page. */
export interface Page extends PageHeader {
  /** Position of the first byte. */
  readonly at: number;
  readonly lacing: Uint8Array;
  readonly body: Uint8Array;
  /** Length of the page in bytes. */
  readonly bytes: number;
}

const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let sum = index << 24;
  for (let bit = 0; bit < 8; bit++) sum = sum & 0x8000_0000 ? (sum << 1) ^ 0x04c1_1db7 : sum << 1;
  return sum >>> 0;
});

/** Returns the checksum of a page; the checksum field counts as zero. */
export function pageChecksum(page: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < page.length; index++) {
    const byte = index >= 22 && index < 26 ? 0 : (page[index] ?? 0);
    sum = ((sum << 8) ^ (table[(sum >>> 24) ^ byte] ?? 0)) >>> 0;
  }
  return sum;
}

/**
 * Returns the length of the page that starts with these bytes; undefined if it is no page, 0 if more bytes
 * are needed.
 */
export function pageLength(bytes: Uint8Array): number | undefined {
  if (bytes[0] !== 0x4f || bytes[1] !== 0x67 || bytes[2] !== 0x67 || bytes[3] !== 0x53 || bytes[4] !== 0)
    return undefined;
  const segments = bytes[26];
  if (segments === undefined || bytes.length < pageHeaderBytes + segments) return 0;
  let length = pageHeaderBytes + segments;
  for (let index = 0; index < segments; index++) length += bytes[pageHeaderBytes + index] ?? 0;
  return length;
}

/** Reads a whole page; returns undefined if its checksum is wrong. */
export function readPage(bytes: Uint8Array, at: number): Page | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (pageChecksum(bytes) !== view.getUint32(22, true)) return undefined;
  const bodyAt = pageHeaderBytes + view.getUint8(26);
  return {
    ...readPageHeader(bytes),
    at,
    bytes: bytes.length,
    lacing: bytes.subarray(pageHeaderBytes, bodyAt),
    body: bytes.subarray(bodyAt),
  };
}

/** Reads the header of a page, of which at least the fixed part is there. */
export function readPageHeader(bytes: Uint8Array): PageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint8(5);
  const granule = view.getBigInt64(6, true);
  return {
    continued: (flags & 1) !== 0,
    first: (flags & 2) !== 0,
    last: (flags & 4) !== 0,
    granule: granule === -1n ? null : Number(granule),
    serial: view.getUint32(14, true),
    sequence: view.getUint32(18, true),
  };
}
