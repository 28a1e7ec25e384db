import { crc32 } from "node:zlib";
import { inflatesTo, type Rows } from "./png-data.ts";

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const largestSide = 4096;
/** What clients have to hold for each account's picture; 2048 by 2048 pixels with transparency fit in. */
const mostPixelBytes = 2048 * (2048 * 4 + 1);
const maxPaletteEntries = 256;

/** Samples in a pixel and allowed bits in a sample, by colour type (PNG specification, table 11.1). */
const colourTypes: { readonly [type: number]: { samples: number; depths: readonly number[] } } = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};

/** Where each pass of an interlaced picture begins, and its steps (PNG specification, section 8.2). */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

class Fault extends Error {}

function must(condition: boolean, fault: string): asserts condition {
  if (!condition) throw new Fault(fault);
}

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

interface Header {
  readonly colourType: number;
  readonly depth: number;
  readonly rows: readonly Rows[];
}

/**
 * Says what is wrong with a PNG picture, if anything: whether every decoder reads it and needs a bounded
 * amount of memory for it. Sides are 1 to 4096 pixels, all pixels together about 16 MiB.
 *
 * Source: Portable Network Graphics (PNG) Specification, Third Edition.
 */
export async function pngFault(bytes: Buffer): Promise<string | undefined> {
  try {
    const chunks = readChunks(bytes);
    const header = readHeader(chunks[0]);
    checkOrder(chunks, header);
    const data = chunks.filter(({ type }) => type === "IDAT").map((chunk) => chunk.data);
    must(await inflatesTo(data, header.rows), "its pixels do not fit its header");
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}

function readChunks(bytes: Buffer): Chunk[] {
  must(bytes.subarray(0, signature.length).equals(signature), "it is no PNG file");
  const chunks: Chunk[] = [];
  for (let at = signature.length; at < bytes.length; ) {
    must(bytes.length - at >= 12, "it is cut off");
    const length = bytes.readUInt32BE(at);
    must(length <= bytes.length - at - 12, "it is cut off");
    const body = bytes.subarray(at + 4, at + 8 + length);
    const type = body.toString("latin1", 0, 4);
    must(/^[A-Za-z]{2}[A-Z][A-Za-z]$/.test(type), "it has a chunk without a name");
    must(crc32(body) === bytes.readUInt32BE(at + 8 + length), `its chunk ${type} is damaged`);
    chunks.push({ type, data: body.subarray(4) });
    at += 12 + length;
  }
  return chunks;
}

function readHeader(chunk: Chunk | undefined): Header {
  must(chunk?.type === "IHDR" && chunk.data.length === 13, "it has no header");
  const { data } = chunk;
  const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
  const [depth = 0, colourType = 0, compression, filter, interlace] = data.subarray(8);
  const isSize = (side: number): boolean => side >= 1 && side <= largestSide;
  must(isSize(width) && isSize(height), `its sides are not 1 to ${largestSide} pixels long`);
  const kind = colourTypes[colourType];
  must(kind?.depths.includes(depth) === true, "its colours are of an unknown kind");
  must(compression === 0 && filter === 0, "it is compressed in an unknown way");
  must(interlace === 0 || interlace === 1, "it is interlaced in an unknown way");
  const rowBytes = (pixels: number): number => Math.ceil((pixels * kind.samples * depth) / 8);
  const passes = interlace === 0 ? ([[0, 0, 1, 1]] as const) : adam7;
  const rows = passes.flatMap(([left, top, across, down]) => {
    const [columns, count] = [Math.ceil((width - left) / across), Math.ceil((height - top) / down)];
    return columns > 0 && count > 0 ? { count, bytes: rowBytes(columns) } : [];
  });
  const total = rows.reduce((sum, { count, bytes }) => sum + count * (bytes + 1), 0);
  must(total <= mostPixelBytes, "it has too many pixels");
  return { colourType, depth, rows };
}

/** Which chunks there may be, how often and where. Others are only allowed if decoders may skip them. */
function checkOrder(chunks: readonly Chunk[], header: Header): void {
  const indexesOf = (type: string): number[] =>
    chunks.flatMap((chunk, index) => (chunk.type === type ? index : []));
  const known = ["IHDR", "PLTE", "IDAT", "IEND"];
  const unknown = chunks.find(({ type }) => /^[A-Z]/.test(type) && !known.includes(type));
  must(unknown === undefined, `it needs the unknown chunk ${unknown?.type}`);
  must(indexesOf("IHDR").length === 1, "it has several headers");
  const ends = indexesOf("IEND");
  must(ends.length === 1 && ends[0] === chunks.length - 1, "it has no end, or goes on behind it");
  must(chunks.at(-1)?.data.length === 0, "its end is damaged");
  const data = indexesOf("IDAT");
  const [first = 0, last = 0] = [data[0], data.at(-1)];
  must(data.length > 0 && last - first === data.length - 1, "its pixels are missing or scattered");
  const [palette, ...others] = indexesOf("PLTE");
  must(others.length === 0 && (palette ?? 0) < first, "its palette is in the wrong place");
  checkPalette(palette === undefined ? undefined : chunks[palette]?.data.length, header);
  const [transparency, ...more] = indexesOf("tRNS");
  if (transparency === undefined) return;
  must(
    more.length === 0 && transparency < first && transparency > (palette ?? 0),
    "its transparency is in the wrong place",
  );
  checkTransparency(chunks[transparency]?.data.length ?? 0, chunks[palette ?? -1]?.data.length ?? 0, header);
}

function checkPalette(bytes: number | undefined, { colourType, depth }: Header): void {
  if (bytes === undefined) {
    must(colourType !== 3, "it has no palette");
    return;
  }
  const most = colourType === 3 ? 2 ** depth : maxPaletteEntries;
  must(colourType !== 0 && colourType !== 4, "it has a palette without use");
  must(bytes > 0 && bytes % 3 === 0 && bytes / 3 <= most, "its palette has a wrong size");
}

function checkTransparency(bytes: number, paletteBytes: number, { colourType }: Header): void {
  const fits: { readonly [type: number]: boolean } = {
    0: bytes === 2,
    2: bytes === 6,
    3: bytes > 0 && bytes <= paletteBytes / 3,
  };
  must(fits[colourType] === true, "its transparency has a wrong size");
}
