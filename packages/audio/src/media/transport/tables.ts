import { checksumBytes } from "./section.ts";

/** Audio stream of a program. */
export interface AudioStream {
  readonly pid: number;
  /** AAC in ADTS, AAC in LATM with LOAS headers, or MPEG audio. */
  readonly codec: "aac" | "latm" | "mp3";
}

/** Codecs by `stream_type` (ISO/IEC 13818-1, table 2-34). */
const codecs: ReadonlyMap<number, AudioStream["codec"]> = new Map([
  [0x03, "mp3"],
  [0x04, "mp3"],
  [0x0f, "aac"],
  [0x11, "latm"],
]);
/** Names of other audio codecs by `stream_type`: those above 0x7F by ATSC, Blu-ray and HLS. */
const otherCodecs: ReadonlyMap<number, string> = new Map([
  [0x1c, "AAC without headers"],
  [0x80, "LPCM"],
  [0x81, "AC-3"],
  [0x82, "DTS"],
  [0x83, "TrueHD"],
  [0x84, "E-AC-3"],
  [0x85, "DTS-HD"],
  [0x86, "DTS-HD"],
  [0x87, "E-AC-3"],
  [0xcf, "encrypted AAC"],
  [0xc1, "encrypted AC-3"],
  [0xc2, "encrypted E-AC-3"],
]);
/** Stream whose descriptors name the codec. */
const privateStream = 0x06;
/** Codecs of private streams by the tag of a descriptor (ETSI EN 300 468, table 12). */
const privateCodecs: ReadonlyMap<number, string> = new Map([
  [0x6a, "AC-3"],
  [0x7a, "E-AC-3"],
  [0x7b, "DTS"],
  [0x7c, "AAC in LATM"],
]);
/** Descriptor with four letters that name the format of a stream. */
const registration = 0x05;
const registeredCodecs: ReadonlyMap<string, string> = new Map([
  ["AC-3", "AC-3"],
  ["EAC3", "E-AC-3"],
  ["DTS1", "DTS"],
  ["DTS2", "DTS"],
  ["DTS3", "DTS"],
  ["Opus", "Opus in MPEG-TS"],
]);

/** Reads the PIDs of the program maps from a program association (2.4.4.3). */
export function readAssociation(table: Buffer): readonly number[] {
  const pids: number[] = [];
  if (table[0] !== 0) return pids;
  for (let at = 8; at + 4 <= table.length - checksumBytes; at += 4) {
    // Program 0 is the network information.
    if (table.readUInt16BE(at) !== 0) pids.push(table.readUInt16BE(at + 2) & 0x1fff);
  }
  return pids;
}

/** Content of a program map. */
export interface ProgramMap {
  /** First supported audio stream; undefined if there is none. */
  readonly audio: AudioStream | undefined;
  /** Name of the first audio codec that is not supported. */
  readonly refused: string | undefined;
}

/** Reads a program map (2.4.4.9); returns undefined if the section is another table. */
export function readProgramMap(table: Buffer): ProgramMap | undefined {
  if (table[0] !== 2 || table.length < 12 + checksumBytes) return undefined;
  let refused: string | undefined;
  const end = table.length - checksumBytes;
  for (let at = 12 + (table.readUInt16BE(10) & 0xfff); at + 5 <= end; ) {
    const type = table.readUInt8(at);
    const pid = table.readUInt16BE(at + 1) & 0x1fff;
    const next = at + 5 + (table.readUInt16BE(at + 3) & 0xfff);
    const codec = codecs.get(type);
    if (codec) return { audio: { pid, codec }, refused: undefined };
    refused ??= otherCodecs.get(type);
    if (type === privateStream) refused ??= readDescriptors(table.subarray(at + 5, Math.min(next, end)));
    at = next;
  }
  return { audio: undefined, refused };
}

function readDescriptors(descriptors: Buffer): string | undefined {
  for (let at = 0; at + 2 <= descriptors.length; at += 2 + (descriptors[at + 1] ?? 0)) {
    const tag = descriptors[at] ?? 0;
    const name = descriptors.toString("latin1", at + 2, at + 6);
    const codec = tag === registration ? registeredCodecs.get(name) : privateCodecs.get(tag);
    if (codec) return codec;
  }
  return undefined;
}
