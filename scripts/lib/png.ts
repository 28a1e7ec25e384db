import { crc32, deflateSync } from "node:zlib";

/** An RGB colour, each component from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Returns the colour at a point, x to the right and y down, both from −1 to 1; undefined is transparent. */
export type Picture = (x: number, y: number) => Colour | undefined;

const samples = 4;

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
};

/**
 * Renders a picture with several samples per pixel into a PNG with alpha.
 *
 * @param size - Pixels on each side.
 */
export function png(picture: Picture, size: number): Buffer {
  const rows = Buffer.alloc(size * (1 + 4 * size));
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const sum = [0, 0, 0, 0];
      for (let sample = 0; sample < samples * samples; sample++) {
        const x = column + ((sample % samples) + 0.5) / samples;
        const y = row + (Math.floor(sample / samples) + 0.5) / samples;
        const colour = picture((2 * x) / size - 1, (2 * y) / size - 1);
        if (!colour) continue;
        for (const [index, value] of [...colour, 1].entries()) sum[index] = (sum[index] ?? 0) + value;
      }
      const covered = sum[3] ?? 0;
      const at = row * (1 + 4 * size) + 1 + 4 * column;
      for (let part = 0; part < 3; part++)
        rows[at + part] = covered ? Math.round((sum[part] ?? 0) / covered) : 0;
      rows[at + 3] = Math.round((255 * covered) / samples ** 2);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
