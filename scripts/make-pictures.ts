// Draws the server's icon and the default account picture (64 x 64 PNG) into packages/aster-server/assets.
// Run again only to change them.

import { mkdirSync, writeFileSync } from "node:fs";
import { crc32, deflateSync } from "node:zlib";

type Colour = readonly [red: number, green: number, blue: number];
type Picture = (x: number, y: number) => Colour | undefined;

const size = 64;
const samples = 4;

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
};

/** Samples a picture over the square from -1 to 1 several times a pixel and writes a PNG with alpha. */
function png(picture: Picture): Buffer {
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

const roundedSquare = (x: number, y: number, radius: number): boolean => {
  const dx = Math.max(Math.abs(x) - (1 - radius), 0);
  const dy = Math.max(Math.abs(y) - (1 - radius), 0);
  return Math.hypot(dx, dy) <= radius;
};

/** Whether a point lies on one of the petals of a flower seen from above. */
const petal = (x: number, y: number, petals: number, length: number, turn: number): boolean => {
  const step = (2 * Math.PI) / petals;
  const angle = (((Math.atan2(y, x) + turn) % step) + step) % step;
  const distance = Math.hypot(x, y);
  const across = distance * Math.sin(angle - step / 2);
  const along = distance * Math.cos(angle - step / 2);
  const middle = length / 2 + 0.1;
  return ((along - middle) / (length / 2)) ** 2 + (across / 0.115) ** 2 <= 1;
};

const aster: Picture = (x, y) => {
  if (!roundedSquare(x, y, 0.42)) return undefined;
  if (Math.hypot(x, y) <= 0.24) return [250, 204, 72];
  if (petal(x, y, 12, 0.72, 0)) return [190, 160, 250];
  if (petal(x, y, 12, 0.76, Math.PI / 12)) return [139, 98, 226];
  return [38, 30, 66];
};

const somebody: Picture = (x, y) => {
  if (!roundedSquare(x, y, 0.42)) return undefined;
  if (Math.hypot(x, y + 0.25) <= 0.34) return [232, 226, 246];
  if (Math.hypot(x / 0.66, (y - 1) / 0.74) <= 1) return [232, 226, 246];
  return [126, 112, 168];
};

const assets = new URL("../packages/aster-server/assets/", import.meta.url);
mkdirSync(assets, { recursive: true });
writeFileSync(new URL("icon.png", assets), png(aster));
writeFileSync(new URL("default-picture.png", assets), png(somebody));
