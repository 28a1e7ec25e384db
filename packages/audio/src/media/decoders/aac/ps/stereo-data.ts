import { type BitReader, DamagedPacketError } from "../../../bit-reader.ts";
import { frameSlots } from "../sbr/qmf.ts";
import { stereoCodebookData } from "./codebook-data.ts";
import { type PrefixCode, preparePrefixCode, readPrefixCode } from "./prefix-code.ts";

/** Most parameter bands. */
export const maxStereoBands = 34;
const bandCounts = [10, 20, maxStereoBands];
const phaseCounts = [5, 11, 17];
/** Envelopes by class of the frame and index. */
const envelopeCounts = [
  [0, 1, 2, 4],
  [1, 2, 3, 4],
];
/** Phases are multiples of an eighth of a turn. */
const phaseSteps = 8;
/** Indices of coherence. */
const maxCoherence = 7;
const phaseIdentity = 0;

/** Code of a parameter: differences from the envelope before, or from the band below. */
interface ParameterCode {
  readonly time: PrefixCode;
  readonly frequency: PrefixCode;
  readonly least: number;
  readonly most: number;
  /** Index of a code word that stands for no difference. */
  readonly zero: number;
  /** Number of values of a parameter that wraps around. */
  readonly modulus?: number;
}

type Books = keyof typeof stereoCodebookData;

const code = (
  time: Books,
  frequency: Books,
  limits: Omit<ParameterCode, "time" | "frequency">,
): ParameterCode => ({
  time: preparePrefixCode(stereoCodebookData[time]),
  frequency: preparePrefixCode(stereoCodebookData[frequency]),
  ...limits,
});

const levelCodes = [
  code("levelTime", "levelFrequency", { least: -7, most: 7, zero: 14 }),
  code("fineLevelTime", "fineLevelFrequency", { least: -15, most: 15, zero: 30 }),
] as const;
const coherenceCode = code("coherenceTime", "coherenceFrequency", { least: 0, most: maxCoherence, zero: 7 });
const phaseLimits = { least: 0, most: phaseSteps - 1, zero: 0, modulus: phaseSteps };
const phaseCode = code("phaseTime", "phaseFrequency", phaseLimits);
const overallPhaseCode = code("overallPhaseTime", "overallPhaseFrequency", phaseLimits);

/** Parameters of one envelope, by band. */
export interface StereoEnvelope {
  /** Slot in which they are reached. */
  readonly end: number;
  /** Indices of differences in level. */
  readonly levels: Int8Array;
  readonly coherences: Int8Array;
  /** Differences in phase between the channels, in eighths of a turn. */
  readonly phases: Int8Array;
  /** Phases of the left channel against the mono one, in eighths of a turn. */
  readonly overallPhases: Int8Array;
}

/** What holds until the next header. */
export interface StereoHeader {
  /** Bands of levels; 0 without levels. */
  readonly levelBands: number;
  readonly isFine: boolean;
  /** Bands of phases, where a frame has them. */
  readonly phaseBands: number;
  /** Bands of coherence; 0 without it. */
  readonly coherenceBands: number;
  /** Whether channels are mixed by the second of two procedures. */
  readonly isRotated: boolean;
  readonly hasExtension: boolean;
}

/** Parameters of a frame. */
export interface StereoFrame {
  readonly header: StereoHeader;
  readonly envelopes: readonly StereoEnvelope[];
  /** Whether phases were sent. */
  readonly hasPhases: boolean;
}

function readHeader(reader: BitReader): StereoHeader {
  const hasLevels = reader.read(1) === 1;
  const levelMode = hasLevels ? reader.read(3) : 0;
  const hasCoherence = reader.read(1) === 1;
  const coherenceMode = hasCoherence ? reader.read(3) : 0;
  if (levelMode > 5 || coherenceMode > 5) throw new DamagedPacketError("a reserved mode of stereo");
  return {
    levelBands: hasLevels ? (bandCounts[levelMode % 3] ?? 0) : 0,
    isFine: levelMode >= 3,
    phaseBands: phaseCounts[levelMode % 3] ?? 0,
    coherenceBands: hasCoherence ? (bandCounts[coherenceMode % 3] ?? 0) : 0,
    isRotated: coherenceMode >= 3,
    hasExtension: reader.read(1) === 1,
  };
}

/** Returns the last slot of each envelope. */
function readEnds(reader: BitReader): number[] {
  const frameClass = reader.read(1);
  const count = envelopeCounts[frameClass]?.[reader.read(2)] ?? 0;
  if (frameClass === 0)
    return Array.from({ length: count }, (_, index) => Math.floor((frameSlots * (index + 1)) / count) - 1);
  const ends = Array.from({ length: count }, () => reader.read(5));
  if (ends.some((end, index) => index > 0 && end <= (ends[index - 1] ?? 0)))
    throw new DamagedPacketError("borders of stereo out of order");
  return ends;
}

const emptyEnvelope = (end: number): StereoEnvelope => ({
  end,
  levels: new Int8Array(maxStereoBands),
  coherences: new Int8Array(maxStereoBands),
  phases: new Int8Array(maxStereoBands),
  overallPhases: new Int8Array(maxStereoBands),
});

/** Reads the parameters of frames (`ps_data`, ISO/IEC 14496-3, 8.4.2). */
export class StereoDataReader {
  #header: StereoHeader | undefined;
  #last = emptyEnvelope(frameSlots - 1);

  /**
   * Reads the parameters of a frame.
   *
   * @returns Undefined before the first header.
   * @throws DamagedPacketError if a parameter is out of range.
   */
  read(reader: BitReader): StereoFrame | undefined {
    const header = reader.read(1) === 1 ? readHeader(reader) : this.#header;
    this.#header = header;
    if (!header) return undefined;
    const ends = readEnds(reader);
    const envelopes = ends.map(emptyEnvelope);
    const read = (
      name: "levels" | "coherences" | "phases" | "overallPhases",
      bands: number,
      with_: ParameterCode,
    ): void => {
      let before = this.#last;
      for (const envelope of envelopes) {
        readParameters(reader, envelope[name], before[name], bands, with_);
        before = envelope;
      }
    };
    const levelCode = levelCodes[header.isFine ? 1 : 0];
    if (header.levelBands > 0) read("levels", header.levelBands, levelCode);
    if (header.coherenceBands > 0) read("coherences", header.coherenceBands, coherenceCode);
    const hasPhases = header.hasExtension && this.#readExtension(reader, envelopes, header, this.#last);
    reader.checkEnd();
    this.#last = envelopes.at(-1) ?? this.#last;
    if (this.#last.end < frameSlots - 1 || envelopes.length === 0)
      envelopes.push({ ...this.#last, end: frameSlots - 1 });
    return { header, envelopes, hasPhases };
  }

  /** Reads phases. Returns whether there are any. */
  #readExtension(
    reader: BitReader,
    envelopes: readonly StereoEnvelope[],
    { phaseBands }: StereoHeader,
    last: StereoEnvelope,
  ): boolean {
    let bytes = reader.read(4);
    if (bytes === 15) bytes += reader.read(8);
    const end = reader.position + 8 * bytes;
    let hasPhases = false;
    if (bytes > 0 && reader.read(2) === phaseIdentity && reader.read(1) === 1) {
      hasPhases = true;
      let before = last;
      for (const envelope of envelopes) {
        readParameters(reader, envelope.phases, before.phases, phaseBands, phaseCode);
        readParameters(reader, envelope.overallPhases, before.overallPhases, phaseBands, overallPhaseCode);
        before = envelope;
      }
    }
    if (reader.position > end) throw new DamagedPacketError("an extension of stereo beyond its end");
    reader.position = end;
    return hasPhases;
  }
}

function readParameters(
  reader: BitReader,
  into: Int8Array,
  before: Int8Array,
  bands: number,
  { time, frequency, least, most, zero, modulus }: ParameterCode,
): void {
  const isTime = reader.read(1) === 1;
  let below = 0;
  for (let band = 0; band < bands; band++) {
    const difference = readPrefixCode(reader, isTime ? time : frequency) - zero;
    let value = (isTime ? (before[band] ?? 0) : below) + difference;
    if (modulus !== undefined) value %= modulus;
    if (value < least || value > most) throw new DamagedPacketError(`a parameter of stereo of ${value}`);
    into[band] = value;
    below = value;
  }
}
