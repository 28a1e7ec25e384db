const rate = 8_000;

/** Returns a WAV file with a quiet tone of the given length and a title tag. */
export function toneFile(title: string, lengthSeconds: number): Buffer {
  const chunk = (id: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.write(id, "latin1");
    head.writeUInt32LE(body.length, 4);
    return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
  };
  const format = Buffer.alloc(16);
  format.writeUInt16LE(1, 0);
  format.writeUInt16LE(1, 2);
  format.writeUInt32LE(rate, 4);
  format.writeUInt32LE(rate, 8);
  format.writeUInt16LE(1, 12);
  format.writeUInt16LE(8, 14);
  const samples = Buffer.from(
    Uint8Array.from({ length: rate * lengthSeconds }, (_, index) =>
      Math.round(128 + 20 * Math.sin((2 * Math.PI * 440 * index) / rate)),
    ),
  );
  const tags = Buffer.concat([Buffer.from("INFO"), chunk("INAM", Buffer.from(`${title}\0`))]);
  const parts = [Buffer.from("WAVE"), chunk("fmt ", format), chunk("LIST", tags), chunk("data", samples)];
  return chunk("RIFF", Buffer.concat(parts));
}
