import { aacPacketSamples } from "../aac/aac-config.ts";
import { BitReader } from "../bit-reader.ts";
import type { FrameHeader, FrameSyntax } from "../frames/frame-walker.ts";
import { readLayerPackets, readStreamMux, type StreamMux } from "./stream-mux.ts";

/** Header of a LOAS frame (`AudioSyncStream`, ISO/IEC 14496-3, 1.7.2), with the configuration in force. */
export interface LoasHeader extends FrameHeader {
  /** Undefined before the first configuration. */
  readonly mux?: StreamMux | undefined;
  /** Why the frames since the last configuration cannot be played. */
  readonly refusal?: string | undefined;
}

const headerBytes = 3;
const [firstByte, secondBits] = [0x56, 0xe0];
const reader = new BitReader();

/** Loads the content of a frame, and reads its configuration; returns undefined if it has none. */
function readConfiguration(frame: Uint8Array): StreamMux | string | undefined {
  reader.load(frame.subarray(headerBytes));
  return reader.read(1) === 1 ? undefined : readStreamMux(reader);
}

function complete({ bytes }: LoasHeader, frame: Uint8Array, before: LoasHeader): LoasHeader {
  const { mux, refusal } = before;
  try {
    const read = readConfiguration(frame) ?? refusal ?? mux;
    return typeof read === "string" ? { bytes, mux, refusal: read } : { bytes, mux: read };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { bytes, mux, refusal };
  }
}

/** Returns the samples of a frame. */
const loasSamples = ({ format, subframes }: StreamMux): number => subframes * aacPacketSamples(format.config);

/** Frame syntax of LOAS. */
export const loasSyntax: FrameSyntax<LoasHeader> = {
  firstByte,
  headerBytes,
  read: (bytes, at) => {
    const [first, second = 0, third = 0] = [bytes[at], bytes[at + 1], bytes[at + 2]];
    const length = ((second & 0x1f) << 8) | third;
    return first === firstByte && (second & 0xe0) === secondBits && length > 0
      ? { bytes: headerBytes + length }
      : undefined;
  },
  // A header does not state its stream before it is completed.
  isSameStream: (a, b) =>
    !a.mux || !b.mux || (a.mux.key === b.mux.key && (a.refusal ?? "") === (b.refusal ?? "")),
  isRare: () => false,
  secondsOf: ({ mux }) => (mux ? loasSamples(mux) / mux.format.sampleRate : 0),
  complete,
};

/** Returns the packets of a frame; empty ones if it is damaged. */
export function loasPackets(frame: Uint8Array, mux: StreamMux): readonly Uint8Array[] {
  try {
    readConfiguration(frame);
    return readLayerPackets(reader, mux);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return Array.from({ length: mux.subframes }, () => new Uint8Array(0));
  }
}
