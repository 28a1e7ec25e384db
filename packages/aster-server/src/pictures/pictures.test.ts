import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { findPictureProblem, readDefaultIcon, readDefaultPicture, readPng } from "./pictures.ts";
import { findPngError } from "./png.ts";

const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");

function chunk(type: string, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

interface PictureFormat {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colourType: number;
  readonly interlace: number;
}

const small: PictureFormat = { width: 3, height: 2, depth: 8, colourType: 2, interlace: 0 };

function header({ width, height, depth, colourType, interlace }: PictureFormat): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([depth, colourType, 0, 0, interlace], 8);
  return chunk("IHDR", data);
}

/** Computes the size of the pixel data by counting pixels one by one, unlike the code under test. */
function pixelBytes({ width, height, depth, colourType, interlace }: PictureFormat): number {
  const pattern = [
    "16462646",
    "77777777",
    "56565656",
    "77777777",
    "36463646",
    "77777777",
    "56565656",
    "77777777",
  ];
  const bits = depth * ([1, 0, 3, 1, 2, 0, 4][colourType] ?? 0);
  let bytes = 0;
  for (const pass of interlace === 1 ? "1234567" : "0") {
    for (let y = 0; y < height; y++) {
      let pixels = 0;
      for (let x = 0; x < width; x++) if (interlace === 0 || pattern[y % 8]?.[x % 8] === pass) pixels++;
      if (pixels > 0) bytes += 1 + Math.ceil((pixels * bits) / 8);
    }
  }
  return bytes;
}

const pixels = (format: PictureFormat): Buffer => deflateSync(Buffer.alloc(pixelBytes(format)));
const palette = chunk("PLTE", Buffer.from([0, 0, 0, 255, 255, 255]));
const end = chunk("IEND");
const png = (...chunks: Buffer[]): Buffer => Buffer.concat([signature, ...chunks]);
const whole = (format: PictureFormat): Buffer =>
  png(header(format), ...(format.colourType === 3 ? [palette] : []), chunk("IDAT", pixels(format)), end);

const formats = fc
  .record({
    width: fc.integer({ min: 1, max: 40 }),
    height: fc.integer({ min: 1, max: 40 }),
    interlace: fc.constantFrom(0, 1),
    colour: fc.constantFrom(
      ...[1, 2, 4, 8, 16].map((depth) => ({ depth, colourType: 0 })),
      ...[1, 2, 4, 8].map((depth) => ({ depth, colourType: 3 })),
      ...[8, 16].flatMap((depth) => [2, 4, 6].map((colourType) => ({ depth, colourType }))),
    ),
  })
  .map(({ colour, ...rest }): PictureFormat => ({ ...rest, ...colour }));

const maxBytes = 40_960;

it("accepts pictures of every format", async () => {
  await fc.assert(
    fc.asyncProperty(formats, async (format) => {
      expect(await findPngError(whole(format))).toBeUndefined();
      expect(await findPictureProblem(whole(format).toString("base64"), maxBytes)).toBeUndefined();
    }),
  );
});

it("accepts the built-in pictures, and large ones within the limits", async () => {
  expect(await findPngError(await readDefaultIcon())).toBeUndefined();
  expect(await findPngError(await readDefaultPicture())).toBeUndefined();
  const large = { ...small, width: 2048, height: 2048, colourType: 6 };
  expect(await findPngError(whole(large))).toBeUndefined();
  expect(await findPngError(whole({ ...large, width: 4096, height: 1024 }))).toBeUndefined();
  expect(
    await findPictureProblem(whole({ ...small, width: 1024, height: 512 }).toString("base64"), maxBytes),
  ).toBeUndefined();
});

it("rejects a picture with one byte changed, removed or added anywhere", async () => {
  await fc.assert(
    fc.asyncProperty(formats, fc.nat(), fc.integer({ min: 1, max: 255 }), async (format, place, change) => {
      const good = whole(format);
      const at = place % good.length;
      const changed = Buffer.from(good);
      changed[at] = (changed[at] ?? 0) ^ change;
      expect(await findPngError(changed)).toBeDefined();
      expect(await findPngError(good.subarray(0, at))).toBeDefined();
      expect(await findPngError(Buffer.concat([good, Buffer.from([change])]))).toBeDefined();
      expect(await findPngError(Buffer.concat([good.subarray(0, at), good.subarray(at + 1)]))).toBeDefined();
    }),
  );
});

it("returns a verdict for arbitrary bytes and arbitrary well-formed chunks", async () => {
  const data = fc.uint8Array({ maxLength: 40 });
  const type = fc.constantFrom("IHDR", "PLTE", "IDAT", "IEND", "tRNS", "tEXt", "ABCD");
  const chunks = fc.array(fc.tuple(type, data).map(([name, bytes]) => chunk(name, bytes)));
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        data,
        chunks.map((list) => png(...list)),
        chunks.map((list) => png(header(small), ...list)),
      ),
      async (bytes) => {
        const problem = await findPngError(Buffer.from(bytes));
        expect(problem === undefined || problem.length > 5).toBe(true);
      },
    ),
  );
});

describe("rejects", () => {
  const body = chunk("IDAT", pixels(small));
  const paletted = { ...small, colourType: 3 };
  const grey = { ...small, colourType: 0 };
  const broken: readonly [name: string, bytes: Buffer][] = [
    ["an empty file", Buffer.alloc(0)],
    ["a signature alone", signature],
    ["another format", Buffer.from("GIF89a")],
    ["no header", png(body, end)],
    ["two headers", png(header(small), header(small), body, end)],
    ["no pixels", png(header(small), end)],
    ["no end", png(header(small), body)],
    ["an end in between", png(header(small), end, body)],
    ["a chunk after the end", png(header(small), body, end, chunk("tEXt"))],
    ["pixel chunks that are not consecutive", png(header(small), body, chunk("tEXt"), body, end)],
    ["an unknown critical chunk", png(header(small), chunk("ABCD"), body, end)],
    ["a width of 0", png(header({ ...small, width: 0 }), body, end)],
    ["a side of 4097", whole({ ...small, width: 4097, height: 1 })],
    ["too many pixels", png(header({ ...small, width: 4096, height: 4096 }), body, end)],
    ["an unknown colour type", png(header({ ...small, colourType: 5 }), body, end)],
    ["an unknown depth", png(header({ ...small, depth: 4 }), body, end)],
    ["an unknown interlace method", png(header({ ...small, interlace: 2 }), body, end)],
    ["a row too few", png(header(small), chunk("IDAT", pixels({ ...small, height: 1 })), end)],
    ["a row too many", png(header(small), chunk("IDAT", pixels({ ...small, height: 3 })), end)],
    ["an unknown filter", png(header(small), chunk("IDAT", deflateSync(Buffer.alloc(20, 5))), end)],
    ["truncated pixels", png(header(small), chunk("IDAT", pixels(small).subarray(0, -1)), end)],
    [
      "data after the pixels",
      png(header(small), chunk("IDAT", Buffer.concat([pixels(small), signature])), end),
    ],
    ["no palette", png(header(paletted), chunk("IDAT", pixels(paletted)), end)],
    ["two palettes", png(header(paletted), palette, palette, chunk("IDAT", pixels(paletted)), end)],
    ["a late palette", png(header(paletted), chunk("IDAT", pixels(paletted)), palette, end)],
    ["a palette of a greyscale picture", png(header(grey), palette, chunk("IDAT", pixels(grey)), end)],
    [
      "a broken palette",
      png(header(paletted), chunk("PLTE", Buffer.alloc(4)), chunk("IDAT", pixels(paletted)), end),
    ],
    ["wrong transparency", png(header(small), chunk("tRNS", Buffer.alloc(5)), body, end)],
  ];
  it.each(broken)("%s", async (_name, bytes) => {
    expect(await findPngError(bytes)).toEqual(expect.any(String));
  });

  it("a decompression bomb, without inflating all of it", async () => {
    const format = { ...small, width: 300, height: 300 };
    const bomb = chunk("IDAT", deflateSync(Buffer.alloc(512 * 1024 * 1024)));
    const before = process.memoryUsage().rss;
    expect(await findPngError(png(header(small), bomb, end))).toBeDefined();
    expect(await findPngError(png(header(format), bomb, end))).toBeDefined();
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
  });

  it("base64 that is not strict", async () => {
    const good = whole(small).toString("base64");
    expect(good.endsWith("=")).toBe(true);
    for (const text of [
      "",
      "x",
      `${good}\n`,
      ` ${good}`,
      `${good.slice(0, 8)}\n${good.slice(8)}`,
      good.replace(/=+$/, ""),
      `${good}====`,
      good.replaceAll("A", "-"),
      `data:image/png;base64,${good}`,
      "😀".repeat(4),
    ]) {
      expect(await findPictureProblem(text, maxBytes), text).toBe("invalid");
    }
  });

  it("a text that is longer than the limit, but not one of exactly that length", async () => {
    const good = whole(small).toString("base64");
    expect(await findPictureProblem(good, good.length)).toBeUndefined();
    expect(await findPictureProblem(good, good.length - 1)).toBe("too large");
  });
});

it("names the file and the problem of an operator's picture", async () => {
  const folder = await mkdtemp(join(tmpdir(), "asterite-picture-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "icon.png");
  await writeFile(file, whole(small).subarray(0, -1));
  await expect(readPng(file)).rejects.toMatchObject({
    code: "PICTURE_INVALID",
    message: `Invalid PNG file ${file}: truncated file`,
  });
});
