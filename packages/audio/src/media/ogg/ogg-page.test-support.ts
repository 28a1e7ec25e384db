import { pageChecksum, pageHeaderBytes } from "./page.ts";

/**
 * Builds an Ogg page with one whole packet of less than 64 kB.
 *
 * @param flags - 2 for the first page of a stream, 4 for the last one, else 0.
 */
export function oggPage(packet: Uint8Array, flags: number, sequence: number, granule = 0): Buffer {
  const lacing = Buffer.alloc(Math.floor(packet.length / 255) + 1, 255);
  lacing[lacing.length - 1] = packet.length % 255;
  const page = Buffer.concat([Buffer.alloc(pageHeaderBytes), lacing, packet]);
  page.write("OggS", 0, "latin1");
  page.writeUInt8(flags, 5);
  page.writeUInt32LE(granule, 6);
  page.writeUInt32LE(9, 14);
  page.writeUInt32LE(sequence, 18);
  page.writeUInt8(lacing.length, 26);
  page.writeUInt32LE(pageChecksum(page), 22);
  return page;
}
