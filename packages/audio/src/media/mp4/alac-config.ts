/** Parameters of an ALAC stream, from its "magic cookie". */
export interface AlacConfig {
  /** Samples of a packet, unless it states another number. */
  readonly frameSamples: number;
  /** Bits of a sample: 16, 20, 24 or 32. */
  readonly bits: number;
  readonly channels: number;
  readonly sampleRate: number;
  /** Initial mean of the adaptive code, its rate of change, and the most bits of a remainder. */
  readonly rice: { readonly mean: number; readonly rate: number; readonly maxBits: number };
}

/** Length of the cookie in bytes. */
const alacConfigBytes = 24;
const maxFrameSamples = 65_536;
/** More bits of a remainder than an encoder uses; prefix and remainder then fit into one word. */
const maxRiceBits = 16;

/** Reads the cookie; returns undefined if it is invalid. */
export function readAlacConfig(bytes: Uint8Array): AlacConfig | undefined {
  if (bytes.length < alacConfigBytes) return undefined;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [frameSamples, bits, channels] = [view.readUInt32BE(0), view.readUInt8(5), view.readUInt8(9)];
  const rice = { rate: view.readUInt8(6), mean: view.readUInt8(7), maxBits: view.readUInt8(8) };
  const isValid =
    frameSamples > 0 &&
    frameSamples <= maxFrameSamples &&
    [16, 20, 24, 32].includes(bits) &&
    channels > 0 &&
    channels <= 8 &&
    rice.maxBits > 0 &&
    rice.maxBits <= maxRiceBits;
  return isValid ? { frameSamples, bits, channels, sampleRate: view.readUInt32BE(20), rice } : undefined;
}

/** Returns the samples that a packet decodes to: its first element states them unless the packet is full. */
export function alacPacketSamples(packet: Uint8Array, config: AlacConfig): number {
  const byte = (index: number): number => packet[index] ?? 0;
  if ((byte(2) & 0x10) === 0) return config.frameSamples;
  // The 32 bits after the first 23.
  const samples =
    (byte(2) & 1) * 2 ** 31 + byte(3) * 2 ** 23 + byte(4) * 2 ** 15 + byte(5) * 2 ** 7 + (byte(6) >> 1);
  return Math.min(samples, config.frameSamples);
}
