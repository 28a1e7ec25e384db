/** Packets of a CAF file whose length or number of samples varies. */
export interface PacketTable {
  readonly count: number;
  /** Positions of the packets from the start of the data, and that of their end. */
  readonly offsets: Float64Array;
  /** Samples at which the packets begin, and that at which the last one ends, at the rate of the file. */
  readonly times: Float64Array;
  /** Samples that are heard; undefined if it is not stated. */
  readonly valid: number | undefined;
  /** Encoder delay in samples. */
  readonly priming: number;
}

/** Length of the fields before the table. */
const headBytes = 24;

/**
 * Reads the packet table (Apple, Core Audio Format Specification 1.0): numbers in groups of seven bits. Returns undefined
 * if it is damaged.
 *
 * @param packetBytes - Bytes of each packet; 0 if the table states them.
 * @param packetSamples - Samples of each packet; 0 if the table states them.
 */
export function readPacketTable(
  body: Buffer,
  packetBytes: number,
  packetSamples: number,
): PacketTable | undefined {
  if (body.length < headBytes) return undefined;
  let at = headBytes;
  const readNumber = (): number => {
    let number = 0;
    for (let byte = 0x80; byte & 0x80 && at < body.length; ) {
      byte = body.readUInt8(at++);
      number = number * 128 + (byte & 0x7f);
    }
    return number;
  };
  const columns = (packetBytes === 0 ? 1 : 0) + (packetSamples === 0 ? 1 : 0);
  const stated = Number(body.readBigInt64BE(0));
  // A damaged number must not allocate more than the table has.
  const count = Math.min(stated, columns > 0 ? body.length - headBytes : 0);
  if (count <= 0) return undefined;
  const [offsets, times] = [new Float64Array(count + 1), new Float64Array(count + 1)];
  for (let packet = 0; packet < count; packet++) {
    offsets[packet + 1] = (offsets[packet] ?? 0) + (packetBytes || readNumber());
    times[packet + 1] = (times[packet] ?? 0) + (packetSamples || readNumber());
  }
  const valid = Number(body.readBigInt64BE(8));
  const priming = Math.max(0, body.readInt32BE(16));
  return { count, offsets, times, valid: valid > 0 ? valid : undefined, priming };
}

/** Returns the table of packets of equal length and number of samples. */
export function uniformTable(
  packetBytes: number,
  packetSamples: number,
  bytes: number,
): PacketTable | undefined {
  if (packetBytes <= 0 || packetSamples <= 0 || !Number.isFinite(bytes)) return undefined;
  const count = Math.floor(bytes / packetBytes);
  const each = (step: number) => Float64Array.from({ length: count + 1 }, (_, packet) => packet * step);
  return { count, offsets: each(packetBytes), times: each(packetSamples), valid: undefined, priming: 0 };
}
