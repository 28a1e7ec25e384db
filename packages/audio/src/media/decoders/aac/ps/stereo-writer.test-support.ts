// Writes HE-AAC version 2 with parameters of stereo that no encoder writes: 34 bands, phases, variable borders.

import { BitReader } from "../../../bit-reader.ts";
import { BitWriter } from "../../bit-writer.test-support.ts";
import { codeWords, type EncodedChannel, silentChannel, writeChannel } from "../aac-encoder.test-support.ts";
import { bandsByRate } from "../bands.ts";
import { sbrCodebookData } from "../sbr/codebook-data.ts";
import { divideSpectrum } from "../sbr/frequency-bands.ts";
import { frameSlots } from "../sbr/qmf.ts";
import { readSbrHeader } from "../sbr/sbr-header.ts";
import { stereoCodebookData } from "./codebook-data.ts";
import { preparePrefixCode } from "./prefix-code.ts";

/** Sample rates in Hz of the core and of its output, and the index of the first one. */
const rates = { core: 22_050, coreIndex: 7, output: 44_100 } as const;

/** What the parameters of a stream are. */
export interface StereoStyle {
  /** 0 to 2 for 10, 20 or 34 bands of levels, 3 to 5 for the same in fine steps; undefined without levels. */
  readonly levelMode?: number;
  /** 0 to 2 for 10, 20 or 34 bands of coherence, 3 to 5 for the same with the second way of mixing; undefined without. */
  readonly coherenceMode?: number;
  readonly hasPhases?: boolean;
  /** Whether borders are anywhere, and not at equal distances. */
  readonly isVariable?: boolean;
}

const maxFillBytes = 269;
const bandCounts = [10, 20, 34];
const phaseCounts = [5, 11, 17];

type Books = keyof typeof stereoCodebookData;
interface Parameter {
  readonly time: Books;
  readonly frequency: Books;
  readonly least: number;
  readonly most: number;
  readonly zero: number;
  readonly isCircular?: boolean;
}
const levels: Parameter = { time: "levelTime", frequency: "levelFrequency", least: -7, most: 7, zero: 14 };
const fineLevels: Parameter = {
  time: "fineLevelTime",
  frequency: "fineLevelFrequency",
  least: -15,
  most: 15,
  zero: 30,
};
const coherences: Parameter = {
  time: "coherenceTime",
  frequency: "coherenceFrequency",
  least: 0,
  most: 7,
  zero: 7,
};
const phases: Parameter = {
  time: "phaseTime",
  frequency: "phaseFrequency",
  least: 0,
  most: 7,
  zero: 0,
  isCircular: true,
};
const overallPhases: Parameter = { ...phases, time: "overallPhaseTime", frequency: "overallPhaseFrequency" };

/** Writer of the parameters of consecutive frames. */
class StereoWriter {
  readonly #next: () => number;
  /** Last values of each parameter. */
  readonly #last = new Map<Parameter, readonly number[]>();

  constructor(next: () => number) {
    this.#next = next;
  }

  write(bits: BitWriter, style: StereoStyle): void {
    const { levelMode, coherenceMode, hasPhases = false, isVariable = false } = style;
    bits.write(1, 1);
    for (const mode of [levelMode, coherenceMode])
      if (mode === undefined) bits.write(0, 1);
      else bits.write(1, 1).write(mode, 3);
    bits.write(hasPhases ? 1 : 0, 1);
    const count = this.#writeBorders(bits, isVariable);
    if (levelMode !== undefined)
      this.#writeAll(bits, [levelMode < 3 ? levels : fineLevels], bandCounts[levelMode % 3] ?? 0, count);
    if (coherenceMode !== undefined)
      this.#writeAll(bits, [coherences], bandCounts[coherenceMode % 3] ?? 0, count);
    if (hasPhases) this.#writeExtension(bits, phaseCounts[(levelMode ?? 0) % 3] ?? 0, count);
  }

  /** Returns the number of envelopes. */
  #writeBorders(bits: BitWriter, isVariable: boolean): number {
    if (!isVariable) {
      const index = 1 + Math.floor(2 * this.#next());
      bits.write(0, 1).write(index, 2);
      return 2 ** (index - 1);
    }
    const count = 1 + Math.floor(2 * this.#next());
    const borders = new Set<number>();
    while (borders.size < count) borders.add(Math.floor(frameSlots * this.#next()));
    bits.write(1, 1).write(count - 1, 2);
    for (const border of [...borders].sort((a, b) => a - b)) bits.write(border, 5);
    return count;
  }

  #writeExtension(bits: BitWriter, bands: number, count: number): void {
    const content = new BitWriter().write(0, 2).write(1, 1);
    this.#writeAll(content, [phases, overallPhases], bands, count);
    content.write(0, 1).align();
    const bytes = content.bytes();
    if (bytes.length < 15) bits.write(bytes.length, 4);
    else bits.write(15, 4).write(bytes.length - 15, 8);
    for (const byte of bytes) bits.write(byte, 8);
  }

  #writeAll(bits: BitWriter, parameters: readonly Parameter[], bands: number, count: number): void {
    for (let envelope = 0; envelope < count; envelope++)
      for (const parameter of parameters) this.#writeParameter(bits, parameter, bands);
  }

  #writeParameter(bits: BitWriter, parameter: Parameter, bands: number): void {
    const { time, frequency, least, most, zero, isCircular = false } = parameter;
    const last = this.#last.get(parameter);
    const isTime = last?.length === bands && this.#next() < 0.5;
    const { order, lengths, words } = preparePrefixCode(stereoCodebookData[isTime ? time : frequency]);
    // Large steps are seldom: their code words are long, and a fill element is not.
    let value = least + Math.floor((most - least + 1) * this.#next());
    const values = Array.from({ length: bands }, () => {
      const step = (this.#next() < 0.1 ? 6 : 2) * (2 * this.#next() - 1);
      value = Math.max(least, Math.min(Math.round(value + step), most));
      return value;
    });
    bits.write(isTime ? 1 : 0, 1);
    for (const [band, value] of values.entries()) {
      const difference = value - ((isTime ? last[band] : values[band - 1]) ?? 0);
      const symbol = isCircular ? (difference + 8) % 8 : difference + zero;
      const index = order.indexOf(symbol);
      const length = lengths[index] ?? 0;
      bits.write((words[index] ?? 0) / 2 ** (32 - length), length);
    }
    this.#last.set(parameter, values);
  }
}

const envelopeWords = codeWords(sbrCodebookData.envelopeFrequency);
const noiseWords = codeWords(sbrCodebookData.coarseEnvelopeFrequency);
const zeroWord = (words: typeof envelopeWords) => words[(words.length - 1) / 2] ?? [0, 0];

/** Header of spectral band replication: steps of 3 dB, bands from 5.5 to 14.5 kHz, the defaults of the rest. */
const sbrHeader = (bits: BitWriter): BitWriter =>
  bits.write(1, 1).write(5, 4).write(9, 4).write(0, 3).write(0, 2).write(0, 2);

function spectrumOf(): ReturnType<typeof divideSpectrum> {
  const reader = new BitReader();
  reader.load(sbrHeader(new BitWriter()).write(0, 32).bytes());
  return divideSpectrum(readSbrHeader(reader), rates.output);
}

/** Writes a fill element with the replication of one channel, and the parameters of stereo behind it. */
function writeReplication(bits: BitWriter, stereo: BitWriter): void {
  const bands = spectrumOf();
  const content = new BitWriter().write(13, 4).write(1, 1);
  sbrHeader(content);
  // A grid of one envelope with the high resolution, and differences of frequency.
  content.write(0, 1).write(0, 2).write(0, 2).write(1, 1).write(0, 2);
  for (let band = 0; band < bands.noise.length - 1; band++) content.write(0, 2);
  content.write(30, 7);
  for (let band = 1; band < bands.high.length - 1; band++) content.write(...zeroWord(envelopeWords));
  content.write(10, 5);
  for (let band = 1; band < bands.noise.length - 1; band++) content.write(...zeroWord(noiseWords));
  content.write(0, 1).write(1, 1);
  const extension = stereo.align().bytes();
  if (extension.length < 15) content.write(extension.length, 4);
  else content.write(15, 4).write(extension.length - 15, 8);
  for (const byte of extension) content.write(byte, 8);
  const bytes = content.align().bytes();
  if (bytes.length > maxFillBytes) throw new Error(`a fill element of ${bytes.length} bytes`);
  bits
    .write(6, 3)
    .write(15, 4)
    .write(bytes.length - 14, 8);
  for (const byte of bytes) bits.write(byte, 8);
}

/** A codebook of pairs, and its largest magnitude. */
const [codebook, most] = [9, 12];

/** Returns a channel of noise that falls towards high frequencies. */
function randomSound(next: () => number, maxBand: number): EncodedChannel {
  const lines = Array.from({ length: 1_024 }, (_, line) =>
    Math.round((most * (2 * next() - 1)) / (1 + line / 200)),
  );
  const scales = [Array.from({ length: maxBand }, () => 110 + Math.floor(10 * next()))];
  return silentChannel({ maxBand, codebooks: [new Array<number>(maxBand).fill(codebook)], scales, lines });
}

/**
 * Writes a stream in ADTS of random sound with random parameters.
 *
 * @param styles - Those of each frame.
 */
export function writeStereoStream(styles: readonly StereoStyle[], next: () => number): Buffer {
  const bands = bandsByRate[rates.coreIndex];
  if (!bands) throw new Error("no bands");
  const stereo = new StereoWriter(next);
  const frames = styles.map((style) => {
    const bits = new BitWriter().write(0, 3).write(0, 4);
    writeChannel(bits, randomSound(next, bands.long.length - 1), bands);
    const parameters = new BitWriter().write(2, 2);
    stereo.write(parameters, style);
    writeReplication(bits, parameters);
    const packet = bits.write(7, 3).bytes();
    const length = packet.length + 7;
    const header = new BitWriter()
      .write(0xfff1, 16)
      .write(1, 2)
      .write(rates.coreIndex, 4)
      .write(0, 1)
      .write(1, 3);
    header.write(0, 4).write(length, 13).write(0x7ff, 11).write(0, 2);
    return Buffer.concat([header.bytes(), packet]);
  });
  return Buffer.concat(frames);
}
