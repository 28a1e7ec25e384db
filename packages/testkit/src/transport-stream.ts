/** Audio of a transport stream, and how it is packed. */
export interface TransportStreamOptions {
  /** Frames of ADTS or MPEG audio. */
  readonly frames: readonly Uint8Array[];
  /** Length of a frame in seconds. */
  readonly frameSeconds: number;
  /** `stream_type` of the audio. Default 0x0F, AAC in ADTS. */
  readonly streamType?: number;
  /** Descriptors of the audio in the program map. Default none. */
  readonly descriptors?: Uint8Array;
  /** Distance of two packets: 188, or 192 with the time stamps of BDAV. Default 188. */
  readonly packetBytes?: 188 | 192;
  /** Frames of one PES packet. Default 5. */
  readonly framesPerPes?: number;
  /** Presentation time of the first frame in seconds. Default 10. */
  readonly startSeconds?: number;
  /** Number of packets of a stand-in for video before each PES packet. Default 0. */
  readonly videoPackets?: number;
}

const [mapPid, audioPid, videoPid] = [0x1000, 0x101, 0x100];
const packetPayload = 184;

/** Writes an MPEG transport stream of one program (ISO/IEC 13818-1). */
export function makeTransportStream(options: TransportStreamOptions): Buffer {
  const { frames, frameSeconds, streamType = 0x0f, descriptors = Buffer.alloc(0) } = options;
  const { packetBytes = 188, framesPerPes = 5, startSeconds = 10, videoPackets = 0 } = options;
  const counters = new Map<number, number>();
  const packets: Buffer[] = [];
  const write = (pid: number, payload: Uint8Array): void => {
    for (let at = 0; at < payload.length; at += packetPayload) {
      const counter = counters.get(pid) ?? 0;
      counters.set(pid, (counter + 1) & 15);
      const part = payload.subarray(at, at + packetPayload);
      packets.push(packet(pid, counter, part, at === 0, packetBytes));
    }
  };
  const streams = [
    Buffer.from([
      streamType,
      0xe0 | (audioPid >> 8),
      audioPid & 0xff,
      0xf0,
      descriptors.length,
      ...descriptors,
    ]),
    ...(videoPackets > 0 ? [Buffer.from([0x1b, 0xe0 | (videoPid >> 8), videoPid & 0xff, 0xf0, 0])] : []),
  ].reverse();
  for (let index = 0; index < frames.length; index += framesPerPes) {
    // Tables are repeated, so that players can tune in.
    if (index % (10 * framesPerPes) === 0) {
      write(0, section(0, Buffer.from([0, 1, 0xe0 | (mapPid >> 8), mapPid & 0xff])));
      const head = Buffer.from([0xe0 | (audioPid >> 8), audioPid & 0xff, 0xf0, 0]);
      write(mapPid, section(2, Buffer.concat([head, ...streams])));
    }
    for (let count = 0; count < videoPackets; count++) write(videoPid, Buffer.alloc(packetPayload, 0x55));
    write(audioPid, pes(frames.slice(index, index + framesPerPes), startSeconds + index * frameSeconds));
  }
  return Buffer.concat(packets);
}

function packet(pid: number, counter: number, part: Uint8Array, isStart: boolean, bytes: number): Buffer {
  const out = Buffer.alloc(bytes, 0xff);
  const at = bytes - 188;
  const stuffing = packetPayload - part.length;
  out.writeUInt32BE(
    0x47_00_00_00 | (((isStart ? 0x4000 : 0) | pid) << 8) | (stuffing > 0 ? 0x30 : 0x10) | counter,
    at,
  );
  if (stuffing > 0) out.writeUInt8(stuffing - 1, at + 4);
  if (stuffing > 1) out.writeUInt8(0, at + 5);
  out.set(part, at + 188 - part.length);
  return out;
}

/** Returns the payload of a table: the pointer, the section and its checksum. */
function section(id: number, content: Buffer): Buffer {
  const head = Buffer.from([id, 0xb0, content.length + 9, 0, 1, 0xc1, 0, 0]);
  const table = Buffer.concat([head, content]);
  let checksum = 0xff_ff_ff_ff;
  for (const byte of table) {
    checksum ^= byte << 24;
    for (let bit = 0; bit < 8; bit++)
      checksum = checksum & 0x80_00_00_00 ? (checksum << 1) ^ 0x04_c1_1d_b7 : checksum << 1;
  }
  const end = Buffer.alloc(4);
  end.writeUInt32BE(checksum >>> 0);
  return Buffer.concat([Buffer.of(0), table, end]);
}

function pes(frames: readonly Uint8Array[], seconds: number): Buffer {
  const data = Buffer.concat(frames);
  const pts = BigInt(Math.round(seconds * 90_000)) % 2n ** 33n;
  const part = (shift: bigint, mask: bigint) => Number((pts >> shift) & mask);
  const head = Buffer.from([0, 0, 1, 0xc0, 0, 0, 0x80, 0x80, 5]);
  head.writeUInt16BE(Math.min(0xffff, data.length + 8), 4);
  const stamp = Buffer.from([
    0x21 | (part(30n, 7n) << 1),
    part(22n, 0xffn),
    1 | (part(15n, 0x7fn) << 1),
    part(7n, 0xffn),
    1 | (part(0n, 0x7fn) << 1),
  ]);
  return Buffer.concat([head, stamp, data]);
}

/** Splits a stream of AAC frames in ADTS. */
export function splitAdts(stream: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at + 7 <= stream.length; at += frames.at(-1)?.length ?? 7) {
    const [high = 0, middle = 0, low = 0] = stream.subarray(at + 3, at + 6);
    frames.push(stream.subarray(at, at + (((high & 3) << 11) | (middle << 3) | (low >> 5))));
  }
  return frames;
}

const bitrates = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];

/** Splits frames of MPEG-1 Layer III, without tags. */
export function splitMp3(stream: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at + 4 <= stream.length; at += frames.at(-1)?.length ?? 4) {
    const third = stream[at + 2] ?? 0;
    const rate = [44_100, 48_000, 32_000][(third >> 2) & 3] ?? 44_100;
    const bytes = Math.floor((144_000 * (bitrates[third >> 4] ?? 0)) / rate) + ((third >> 1) & 1);
    frames.push(stream.subarray(at, at + bytes));
  }
  return frames;
}
