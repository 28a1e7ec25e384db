// Writes AAC packets as LATM with LOAS headers (ISO/IEC 14496-3, 1.7), in all the forms that are read.

import { splitAdts } from "@asterite/testkit";
import { playDamagedCopy } from "../damage/damage.test-support.ts";
import { BitWriter } from "../decoders/bit-writer.test-support.ts";
import { mediaFile } from "../media.test-support.ts";

/** Form of a multiplex. */
export interface LatmForm {
  /** Version of the multiplex. Default 0. */
  readonly version?: 0 | 1;
  /** Packets of one frame. Default 1. */
  readonly subframes?: number;
  /** Layers of each program; the first one of the first program is decoded. Default one program of one layer. */
  readonly layers?: readonly number[];
  /** Whether packets are sent as chunks with the numbers of their layers, each in two pieces. Default false. */
  readonly inChunks?: boolean;
  /** Bits of other data behind the payloads. Default none. */
  readonly otherBits?: number;
  /** Whether the configuration has a checksum. Default false. */
  readonly isChecked?: boolean;
  /** Distance of two configurations in frames. Default 20. */
  readonly interval?: number;
  /** Writes the AudioSpecificConfig. Default low complexity, 44.1 kHz, stereo. */
  readonly config?: (bits: BitWriter) => BitWriter;
}

/** AudioSpecificConfig of a type, an index of the sample rate, and a channel configuration. */
export const audioConfig =
  (type: number, rateIndex: number, channels: number) =>
  (bits: BitWriter): BitWriter =>
    bits.write(type, 5).write(rateIndex, 4).write(channels, 4).write(0, 3);

/** AAC packets of the test kit, of low complexity. */
export const aacPackets = splitAdts(mediaFile("tones.aac")).map((frame) =>
  frame.subarray((frame[1] ?? 0) & 1 ? 7 : 9),
);

const writeValue = (bits: BitWriter, value: number): BitWriter => bits.write(1, 2).write(value, 16);

function copy(from: BitWriter, to: BitWriter): void {
  const bytes = from.bytes();
  for (let bit = 0; bit < from.length; bit++) to.write(((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1, 1);
}

function writeMux(bits: BitWriter, form: LatmForm): void {
  const { version = 0, subframes = 1, layers = [1], inChunks = false, otherBits = 0 } = form;
  const { config = audioConfig(2, 4, 2), isChecked = false } = form;
  bits.write(version, 1);
  if (version === 1) writeValue(bits.write(0, 1), 0x1234);
  bits
    .write(inChunks ? 0 : 1, 1)
    .write(subframes - 1, 6)
    .write(layers.length - 1, 4);
  for (const [program, count] of layers.entries()) {
    bits.write(count - 1, 3);
    for (let layer = 0; layer < count; layer++) {
      const isFirst = program === 0 && layer === 0;
      // The last layer of a program has the configuration of the one before.
      const isSame = !isFirst && layer === count - 1;
      if (!isFirst) bits.write(isSame ? 1 : 0, 1);
      if (!isSame) {
        const own = config(new BitWriter());
        // Fill bits follow a configuration whose length is stated.
        if (version === 1) writeValue(bits, own.length + 5);
        copy(own, bits);
        if (version === 1) bits.write(0, 5);
      }
      // The second layer has payloads of fixed length.
      if (layer === 1) bits.write(1, 3).write(7, 9);
      else bits.write(0, 3).write(0xff, 8);
    }
  }
  bits.write(otherBits > 0 ? 1 : 0, 1);
  if (otherBits > 0 && version === 1) writeValue(bits, otherBits);
  else if (otherBits > 0)
    bits
      .write(1, 1)
      .write(otherBits >> 8, 8)
      .write(0, 1)
      .write(otherBits & 255, 8);
  bits.write(isChecked ? 1 : 0, 1);
  if (isChecked) bits.write(0xa5, 8);
}

function writeLength(bits: BitWriter, bytes: number): void {
  for (let left = bytes; left >= 255; left -= 255) bits.write(255, 8);
  bits.write(bytes % 255, 8);
}

/** Payloads of all layers: the packet, 27 bytes in a second layer, other packets in others. */
function writeGroup(bits: BitWriter, packet: Uint8Array, { layers = [1], inChunks = false }: LatmForm): void {
  const payloads = layers.flatMap((count) =>
    Array.from({ length: count }, (_, layer) => ({
      isFixed: layer === 1,
      data: layer === 1 ? new Uint8Array(27).fill(0x55) : packet,
    })),
  );
  const [main = { isFixed: false, data: packet }] = payloads;
  if (payloads.length > 1) main.data = packet;
  const half = packet.length >> 1;
  const chunks = inChunks
    ? [
        ...payloads.slice(1).map((payload, index) => ({ ...payload, layer: index + 1, isLast: true })),
        { isFixed: false, data: packet.subarray(0, half), layer: 0, isLast: false },
        { isFixed: false, data: packet.subarray(half), layer: 0, isLast: true },
      ]
    : payloads.map((payload, layer) => ({ ...payload, layer, isLast: true }));
  if (inChunks) bits.write(chunks.length - 1, 4);
  for (const { layer, isFixed, data, isLast } of chunks) {
    if (inChunks) bits.write(layer, 4);
    if (isFixed) continue;
    writeLength(bits, data.length);
    if (inChunks) bits.write(isLast ? 1 : 0, 1);
  }
  for (const { data } of chunks) for (const byte of data) bits.write(byte, 8);
}

/** Returns the LOAS frames of packets. */
export function writeLoas(packets: readonly Uint8Array[], form: LatmForm = {}): Buffer[] {
  const { subframes = 1, otherBits = 0, interval = 20 } = form;
  const frames: Buffer[] = [];
  for (let at = 0; at + subframes <= packets.length; at += subframes) {
    const bits = new BitWriter();
    const hasConfig = frames.length % interval === 0;
    bits.write(hasConfig ? 0 : 1, 1);
    if (hasConfig) writeMux(bits, form);
    for (const packet of packets.slice(at, at + subframes)) writeGroup(bits, packet, form);
    for (let bit = 0; bit < otherBits; bit++) bits.write(bit & 1, 1);
    const content = bits.bytes();
    const head = Buffer.of(0x56, 0xe0 | (content.length >> 8), content.length & 255);
    frames.push(Buffer.concat([head, content]));
  }
  return frames;
}

/** Forms of the multiplex, by name. */
export const latmForms: readonly (readonly [name: string, form: LatmForm])[] = [
  ["as most encoders write it", {}],
  ["with a configuration in each frame and its checksum", { interval: 1, isChecked: true }],
  ["of version 1 with other data", { version: 1, otherBits: 700 }],
  ["with other data", { otherBits: 300, isChecked: true }],
  ["with two packets in a frame", { subframes: 2 }],
  ["with other layers and programs", { layers: [3, 1, 2] }],
  ["of version 1 with other layers", { version: 1, layers: [2, 3], subframes: 2 }],
  ["in chunks", { inChunks: true }],
  ["in chunks of several layers", { inChunks: true, layers: [2, 1], subframes: 2, otherBits: 9 }],
  [
    "with a layout that is written out",
    {
      config: (bits) => {
        bits.write(2, 5).write(4, 4).write(0, 4).write(0, 3);
        bits.write(0, 4).write(1, 2).write(4, 4).write(1, 4).write(0, 8).write(0, 9).write(0, 3);
        return bits.write(1, 1).write(0, 4).align().write(2, 8).write(0, 16);
      },
    },
  ],
];

/**
 * Plays damaged streams, each of two forms.
 *
 * @throws An Error if one is neither played nor refused.
 */
export async function playDamagedLoas(from: number, to: number): Promise<void> {
  const packets = aacPackets.slice(0, 16);
  const parts = latmForms.map(([, form]) => Buffer.concat(writeLoas(packets, { interval: 4, ...form })));
  const partOf = (index: number): Buffer => parts[index % parts.length] ?? Buffer.alloc(0);
  for (let seed = from; seed < to; seed++)
    await playDamagedCopy(Buffer.concat([partOf(seed), partOf(seed + 1)]), seed);
}
