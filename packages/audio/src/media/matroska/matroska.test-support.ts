/** Builds an element with a length of eight bytes. */
export function element(id: number, ...content: readonly (string | Uint8Array)[]): Buffer {
  const body = Buffer.concat(content.map((part) => Buffer.from(part)));
  const header = Buffer.alloc(12);
  header.writeUInt32BE(id);
  header.writeUInt8(1, 4);
  header.writeUIntBE(body.length, 6, 6);
  return Buffer.concat([header.subarray(header.findIndex((byte) => byte !== 0)), body]);
}
