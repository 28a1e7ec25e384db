import { type AacConfig, aacFormat, readAacConfigFrom } from "../aac/aac-config.ts";
import { BitReader, DamagedPacketError } from "../bit-reader.ts";
import type { PacketFormat } from "../packet-reader.ts";

/** Configuration of a multiplex (`StreamMuxConfig`, ISO/IEC 14496-3, 1.7.3). */
export interface StreamMux {
  /** Format of the first layer of the first program, the one that is decoded. */
  readonly format: Extract<PacketFormat, { readonly codec: "aac" }>;
  /** Groups of payloads in a frame, each with one packet of every layer. */
  readonly subframes: number;
  /** Whether every group holds one payload of each layer, in their order. */
  readonly isUniform: boolean;
  /** Length in bits of the payloads of each layer; undefined where it precedes them. */
  readonly payloadBits: readonly (number | undefined)[];
  /** Identity: configurations with the same one can follow each other without a new decoder. */
  readonly key: string;
}

/** Longest configuration without a length that is read, in bytes: that of a layout with its comment. */
const maxConfigBytes = 512;
/** Bytes by which a payload of fixed length exceeds its field. */
const fixedLengthOffset = 20;

/** Reads a number of one to four bytes. */
function readValue(reader: BitReader): number {
  const bytes = reader.read(2) + 1;
  return reader.read(8 * bytes);
}

/** Copies bits to the start of an array, whose last byte is padded with the bits that follow. */
function copyBits(reader: BitReader, bits: number): Uint8Array {
  const end = reader.position + bits;
  if (end > reader.end) throw new DamagedPacketError("a payload passes the end of its frame");
  const bytes = new Uint8Array(Math.ceil(bits / 8));
  for (let index = 0; index < bytes.length; index++) bytes[index] = reader.read(8);
  reader.position = end;
  return bytes;
}

/** Reads an AudioSpecificConfig that begins at any bit; version 0 of the multiplex does not state its length. */
function readConfig(reader: BitReader, hasLength: boolean): AacConfig | undefined {
  const bits = hasLength ? readValue(reader) : Math.min(8 * maxConfigBytes, reader.end - reader.position);
  const from = reader.position;
  const config = new BitReader();
  config.load(copyBits(reader, bits));
  const read = readAacConfigFrom(config, hasLength);
  config.checkEnd();
  if (!hasLength) reader.position = from + config.position;
  return read;
}

/** Reads the number of bits of other data, which follow the payloads. */
function skipOtherLength(reader: BitReader, version: number): void {
  if (version === 1) readValue(reader);
  else {
    let hasMore = true;
    while (hasMore) {
      hasMore = reader.read(1) === 1;
      reader.position += 8;
      reader.checkEnd();
    }
  }
}

/**
 * Reads the configuration of a multiplex.
 *
 * @returns The reason why it cannot be played, if it is valid.
 * @throws RangeError if it is damaged.
 */
export function readStreamMux(reader: BitReader): StreamMux | string {
  const version = reader.read(1);
  if (version === 1 && reader.read(1) === 1) return "LATM of an unknown version is not supported.";
  // The fullness of the buffers of all layers.
  if (version === 1) readValue(reader);
  const isUniform = reader.read(1) === 1;
  const subframes = reader.read(6) + 1;
  const payloadBits: (number | undefined)[] = [];
  let config: AacConfig | undefined;
  const programs = reader.read(4) + 1;
  for (let program = 0; program < programs; program++) {
    const layers = reader.read(3) + 1;
    for (let layer = 0; layer < layers; layer++) {
      const isFirst = payloadBits.length === 0;
      if (isFirst || reader.read(1) === 0) {
        const read = readConfig(reader, version === 1);
        if (isFirst) config = read;
        // Without a length, what follows an unknown configuration cannot be found.
        if (!read && (isFirst || version === 0)) return "AAC in LATM is only supported with low complexity.";
      }
      const lengthType = reader.read(3);
      if (lengthType > 1) return "LATM with payloads of speech codecs is not supported.";
      // The fullness of the buffer, or the length.
      const field = reader.read(lengthType === 0 ? 8 : 9);
      payloadBits.push(lengthType === 0 ? undefined : 8 * (field + fixedLengthOffset));
    }
  }
  if (reader.read(1) === 1) skipOtherLength(reader, version);
  // The checksum of the configuration.
  if (reader.read(1) === 1) reader.position += 8;
  reader.checkEnd();
  if (!config) throw new DamagedPacketError("a multiplex without layers");
  const { elements, ...rest } = config;
  const key = JSON.stringify([rest, [...(elements ?? [])], subframes, isUniform, payloadBits]);
  return { format: aacFormat(config), subframes, isUniform, payloadBits, key };
}

/** Reads the length of a payload in bits. */
function readLength(reader: BitReader): number {
  let bytes = 0;
  for (let part = 255; part === 255; bytes += part) {
    part = reader.read(8);
    reader.checkEnd();
  }
  return 8 * bytes;
}

/** Payload of a layer: its length in bits, and whether it is the last of its packet. */
interface Payload {
  readonly layer: number;
  readonly bits: number;
  readonly isLast: boolean;
}

/** Reads the lengths of a group of payloads (`PayloadLengthInfo`). */
function readPayloads(reader: BitReader, { isUniform, payloadBits }: StreamMux): Payload[] {
  if (isUniform)
    return payloadBits.map((bits, layer) => ({ layer, bits: bits ?? readLength(reader), isLast: true }));
  return Array.from({ length: reader.read(4) + 1 }, () => {
    const layer = reader.read(4);
    if (layer >= payloadBits.length) throw new DamagedPacketError(`no layer ${layer}`);
    const fixed = payloadBits[layer];
    if (fixed !== undefined) return { layer, bits: fixed, isLast: true };
    return { layer, bits: readLength(reader), isLast: reader.read(1) === 1 };
  });
}

/**
 * Reads the packets of the first layer from the payloads of a frame. Pieces of a packet in several frames are not joined.
 *
 * @returns One packet per group, an empty one where it is missing.
 * @throws RangeError if the frame is damaged.
 */
export function readLayerPackets(reader: BitReader, mux: StreamMux): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let pieces: Uint8Array[] = [];
  for (let group = 0; group < mux.subframes; group++) {
    for (const { layer, bits, isLast } of readPayloads(reader, mux)) {
      const piece = copyBits(reader, bits);
      if (layer > 0) continue;
      pieces.push(piece);
      if (!isLast) continue;
      packets.push(pieces.length === 1 ? piece : Buffer.concat(pieces));
      pieces = [];
    }
  }
  return Array.from({ length: mux.subframes }, (_, index) => packets[index] ?? new Uint8Array(0));
}
