import { crc32, deflateSync } from "node:zlib";

/** Pixels on each side. */
const size = 32;

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  return Buffer.concat([uint32(data.length), body, uint32(crc32(body))]);
};

/** Encodes a square in one colour, 0xRRGGBB, as PNG. */
export function encodeSquare(rgb: number): Buffer {
  const row = Buffer.alloc(1 + 3 * size);
  for (let at = 1; at < row.length; at += 3) row.writeUIntBE(rgb, at, 3);
  const header = Buffer.concat([uint32(size), uint32(size), Buffer.of(8, 2, 0, 0, 0)]);
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.concat(Array.from({ length: size }, () => row)))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
