import { crc32 } from "node:zlib";
import { inflatesTo, type ScanlineGroup } from "./png-data.ts";

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const maxSidePixels = 4096;
/** Limit of the memory that clients need for a decoded picture: 2048 × 2048 pixels with transparency. */
const maxPixelBytes = 2048 * (2048 * 4 + 1);
const maxPaletteEntries = 256;

/** Samples per pixel and allowed bits per sample by colour type (PNG specification, table 11.1). */
const colourTypes: { readonly [type: number]: { samples: number; depths: readonly number[] } } = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};

/**
 * Start and step of each pass of an interlaced picture: x, y, x step, y step (PNG specification, section
 * 8.2).
 */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

class PngError extends Error {}

function assertPng(condition: boolean, fault: string): asserts condition {
  if (!condition) throw new PngError(fault);
}

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

interface Header {
  readonly colourType: number;
  readonly depth: number;
  readonly rows: readonly ScanlineGroup[];
}

/**
 * Returns why a picture is not a PNG that every decoder reads with bounded memory, or undefined if it is one.
 * Sides must be 1 to 4096 pixels, the decoded pixels at most about 16 MiB.
 *
 * Source: Portable Network Graphics (PNG) Specification, Third Edition.
 */
export async function findPngError(bytes: Buffer): Promise<string | undefined> {
  try {
    const chunks = readChunks(bytes);
    const header = readHeader(chunks[0]);
    checkChunkOrder(chunks, header);
    const data = chunks.filter(({ type }) => type === "IDAT").map((chunk) => chunk.data);
    assertPng(await inflatesTo(data, header.rows), "pixel data does not match the header");
    return undefined;
  } catch (error) {
    if (error instanceof PngError) return error.message;
    throw error;
  }
}

function readChunks(bytes: Buffer): Chunk[] {
  assertPng(bytes.subarray(0, signature.length).equals(signature), "not a PNG file");
  const chunks: Chunk[] = [];
  for (let at = signature.length; at < bytes.length; ) {
    assertPng(bytes.length - at >= 12, "truncated file");
    const length = bytes.readUInt32BE(at);
    assertPng(length <= bytes.length - at - 12, "truncated file");
    const body = bytes.subarray(at + 4, at + 8 + length);
    const type = body.toString("latin1", 0, 4);
    assertPng(/^[A-Za-z]{2}[A-Z][A-Za-z]$/.test(type), "invalid chunk type");
    assertPng(crc32(body) === bytes.readUInt32BE(at + 8 + length), `checksum mismatch in chunk ${type}`);
    chunks.push({ type, data: body.subarray(4) });
    at += 12 + length;
  }
  return chunks;
}

function readHeader(chunk: Chunk | undefined): Header {
  assertPng(chunk?.type === "IHDR" && chunk.data.length === 13, "missing IHDR chunk");
  const { data } = chunk;
  const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
  const [depth = 0, colourType = 0, compression, filter, interlace] = data.subarray(8);
  const isSize = (side: number): boolean => side >= 1 && side <= maxSidePixels;
  assertPng(isSize(width) && isSize(height), `width and height must be 1 to ${maxSidePixels} pixels`);
  const format = colourTypes[colourType];
  assertPng(format?.depths.includes(depth) === true, "unknown colour type or bit depth");
  assertPng(compression === 0 && filter === 0, "unknown compression or filter method");
  assertPng(interlace === 0 || interlace === 1, "unknown interlace method");
  const rowBytes = (pixels: number): number => Math.ceil((pixels * format.samples * depth) / 8);
  const passes = interlace === 0 ? ([[0, 0, 1, 1]] as const) : adam7;
  const rows = passes.flatMap(([left, top, across, down]) => {
    const [columns, count] = [Math.ceil((width - left) / across), Math.ceil((height - top) / down)];
    return columns > 0 && count > 0 ? { count, bytes: rowBytes(columns) } : [];
  });
  const total = rows.reduce((sum, { count, bytes }) => sum + count * (bytes + 1), 0);
  assertPng(total <= maxPixelBytes, "too many pixels");
  return { colourType, depth, rows };
}

/** Checks number and order of the chunks. Unknown ones are allowed only if decoders may skip them. */
function checkChunkOrder(chunks: readonly Chunk[], header: Header): void {
  const indexesOf = (type: string): number[] =>
    chunks.flatMap((chunk, index) => (chunk.type === type ? index : []));
  const known = ["IHDR", "PLTE", "IDAT", "IEND"];
  const unknown = chunks.find(({ type }) => /^[A-Z]/.test(type) && !known.includes(type));
  assertPng(unknown === undefined, `unknown critical chunk ${unknown?.type}`);
  assertPng(indexesOf("IHDR").length === 1, "more than one IHDR chunk");
  const ends = indexesOf("IEND");
  assertPng(ends.length === 1 && ends[0] === chunks.length - 1, "IEND chunk missing or not last");
  assertPng(chunks.at(-1)?.data.length === 0, "IEND chunk not empty");
  const data = indexesOf("IDAT");
  const [first = 0, last = 0] = [data[0], data.at(-1)];
  assertPng(data.length > 0 && last - first === data.length - 1, "IDAT chunks missing or not consecutive");
  const [palette, ...others] = indexesOf("PLTE");
  assertPng(others.length === 0 && (palette ?? 0) < first, "PLTE chunk repeated or misplaced");
  checkPalette(palette === undefined ? undefined : chunks[palette]?.data.length, header);
  const [transparency, ...more] = indexesOf("tRNS");
  if (transparency === undefined) return;
  assertPng(
    more.length === 0 && transparency < first && transparency > (palette ?? 0),
    "tRNS chunk repeated or misplaced",
  );
  checkTransparency(chunks[transparency]?.data.length ?? 0, chunks[palette ?? -1]?.data.length ?? 0, header);
}

function checkPalette(bytes: number | undefined, { colourType, depth }: Header): void {
  if (bytes === undefined) {
    assertPng(colourType !== 3, "missing PLTE chunk");
    return;
  }
  const maxEntries = colourType === 3 ? 2 ** depth : maxPaletteEntries;
  assertPng(colourType !== 0 && colourType !== 4, "PLTE chunk not allowed for greyscale");
  assertPng(bytes > 0 && bytes % 3 === 0 && bytes / 3 <= maxEntries, "invalid size of the PLTE chunk");
}

function checkTransparency(bytes: number, paletteBytes: number, { colourType }: Header): void {
  const isValidSize: { readonly [type: number]: boolean } = {
    0: bytes === 2,
    2: bytes === 6,
    3: bytes > 0 && bytes <= paletteBytes / 3,
  };
  assertPng(isValidSize[colourType] === true, "invalid size of the tRNS chunk");
}
