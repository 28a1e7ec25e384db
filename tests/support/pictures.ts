import { crc32, deflateSync } from "node:zlib";

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

/** Returns a PNG of 8-bit greys in base64, with the given compressed pixels, which may be wrong on purpose. */
export function encodePng(width: number, height: number, pixels: Uint8Array): string {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0], 8);
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  const chunks = [chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([signature, ...chunks]).toString("base64");
}

/** Returns a picture of nearly 40 kB in base64, another one for each number. */
export function largePicture(seed: number): string {
  const width = 172;
  const rows = Buffer.alloc((width + 1) * width);
  let state = seed + 1;
  for (let index = 0; index < rows.length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    rows[index] = index % (width + 1) === 0 ? 0 : state >>> 24;
  }
  return encodePng(width, width, deflateSync(rows, { level: 0 }));
}
