const sampleRate = 8_000;

/** Tags besides the title. */
export interface ToneTags {
  readonly artist?: string;
  readonly album?: string;
  readonly track?: number;
}

/** Creates a WAV file of a quiet tone with a title tag. */
export function toneFile(
  title: string,
  lengthSeconds: number,
  { artist, album, track }: ToneTags = {},
): Buffer {
  const chunk = (id: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.write(id, "latin1");
    head.writeUInt32LE(body.length, 4);
    return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
  };
  const format = Buffer.alloc(16);
  format.writeUInt16LE(1, 0);
  format.writeUInt16LE(1, 2);
  format.writeUInt32LE(sampleRate, 4);
  format.writeUInt32LE(sampleRate, 8);
  format.writeUInt16LE(1, 12);
  format.writeUInt16LE(8, 14);
  const samples = Buffer.from(
    Uint8Array.from({ length: sampleRate * lengthSeconds }, (_, index) =>
      Math.round(128 + 20 * Math.sin((2 * Math.PI * 440 * index) / sampleRate)),
    ),
  );
  const tag = (id: string, text: string | undefined): Buffer[] =>
    text === undefined ? [] : [chunk(id, Buffer.from(`${text}\0`))];
  const tags = Buffer.concat([
    Buffer.from("INFO"),
    ...tag("INAM", title),
    ...tag("IART", artist),
    ...tag("IPRD", album),
    ...tag("ITRK", track === undefined ? undefined : String(track)),
  ]);
  const parts = [Buffer.from("WAVE"), chunk("fmt ", format), chunk("LIST", tags), chunk("data", samples)];
  return chunk("RIFF", Buffer.concat(parts));
}
