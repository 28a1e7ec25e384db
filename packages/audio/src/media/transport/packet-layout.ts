/** Packets of an MPEG transport stream in a file. */
export interface PacketLayout {
  /** Distance of two packets in bytes. */
  readonly bytes: number;
  /** Offset of the sync byte: BDAV packets begin with a time stamp. */
  readonly offset: number;
}

/** First byte of each packet. */
export const transportSync = 0x47;
/** Length of a packet without the time stamp of BDAV. */
export const packetBytes = 188;

const layouts: readonly PacketLayout[] = [
  { bytes: packetBytes, offset: 0 },
  { bytes: 192, offset: 4 },
];
/** Packets that identify a transport stream; fewer suffice for a shorter file. */
const wantedPackets = 5;
const minPackets = 3;

/** Bytes from the start that {@link detectLayout} needs. */
export const layoutBytes = 1_024;

/** Detects the packets of a transport stream by its first bytes; returns undefined if it is none. */
export const detectLayout = (head: Uint8Array): PacketLayout | undefined =>
  layouts.find(({ bytes, offset }) => {
    const count = Math.min(wantedPackets, Math.floor(head.length / bytes));
    const isSync = (_: unknown, index: number) => head[offset + index * bytes] === transportSync;
    return count >= minPackets && Array.from({ length: count }, isSync).every(Boolean);
  });
