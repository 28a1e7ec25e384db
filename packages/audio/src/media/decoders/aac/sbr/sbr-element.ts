import { type BitReader, DamagedPacketError } from "../../../bit-reader.ts";
import { ParametricStereo } from "../ps/parametric-stereo.ts";
import type { SbrSettings } from "./envelope-adjuster.ts";
import { divideSpectrum, limiterTable, type SbrBands } from "./frequency-bands.ts";
import { QmfSynthesis } from "./qmf.ts";
import { SbrChannel } from "./sbr-channel.ts";
import { haveSameBands, readSbrHeader, type SbrHeader } from "./sbr-header.ts";
import { readTimeGrid } from "./time-grid.ts";

/** Kinds of fill elements with spectral band replication. */
export const sbrPayloads = { plain: 13, checked: 14 } as const;

const checksumBits = 10;
const reservedBits = 4;
/** Identity of parametric stereo in the extension of a payload. */
const stereoIdentity = 2;

/** Spectral band replication of an element with one channel or two (ISO/IEC 14496-3, 4.6.18). */
export class SbrElement {
  readonly #channels: readonly SbrChannel[];
  readonly #syntheses: readonly QmfSynthesis[];
  readonly #rate: number;
  readonly #stereo: ParametricStereo | undefined;
  #settings: SbrSettings | undefined;
  /** Whether the payload of this frame was read. */
  #hasData = false;

  /**
   * @param rate - Sample rate in Hz after replication.
   * @param isStereo - Whether one channel becomes two, by parametric stereo where there is any.
   */
  constructor(channels: number, rate: number, isStereo: boolean) {
    this.#channels = Array.from({ length: channels }, () => new SbrChannel());
    this.#syntheses = Array.from({ length: isStereo ? 2 : channels }, () => new QmfSynthesis());
    this.#rate = rate;
    this.#stereo = isStereo ? new ParametricStereo() : undefined;
  }

  /**
   * Reads the payload of a fill element, behind the kind. Without it, and if it is damaged, the frame plays without
   * replication.
   *
   * @param end - Position of its end in bits.
   */
  read(reader: BitReader, kind: number, end: number): void {
    try {
      this.#read(reader, kind, end);
    } catch (error) {
      if (!(error instanceof DamagedPacketError)) throw error;
    }
  }

  #read(reader: BitReader, kind: number, end: number): void {
    if (kind === sbrPayloads.checked) reader.position += checksumBits;
    if (reader.read(1) === 1) this.#setHeader(readSbrHeader(reader));
    if (!this.#settings) return;
    const { header, bands } = this.#settings;
    const [first, second] = this.#channels;
    if (!first) return;
    if (second) this.#readPair(reader, header, bands, first, second);
    else this.#readSingle(reader, header, bands, first);
    this.#readExtensions(reader);
    if (reader.position > end) throw new DamagedPacketError("a payload beyond its element");
    this.#hasData = true;
  }

  /** Channels of the core. */
  get channels(): number {
    return this.#channels.length;
  }

  /** Returns the samples of each channel at twice the rate from those of the core. */
  process(cores: readonly Float32Array[]): Float32Array[] {
    const settings = this.#hasData ? this.#settings : undefined;
    this.#hasData = false;
    const bands = this.#channels.map((channel, index) =>
      channel.process(cores[index] ?? new Float32Array(), settings),
    );
    const [[channel], [only]] = [this.#channels, bands];
    const outputs = this.#stereo && channel && only ? this.#stereo.process(only, channel.low) : bands;
    return this.#syntheses.map((synthesis, index) => {
      const output = outputs[index];
      return output ? synthesis.synthesise(output.real, output.imaginary) : new Float32Array();
    });
  }

  #setHeader(header: SbrHeader): void {
    const before = this.#settings;
    const known = before && haveSameBands(before.header, header) ? before.bands : undefined;
    this.#settings = undefined;
    const bands = known ?? divideSpectrum(header, this.#rate);
    this.#settings = { header, bands, limits: limiterTable(bands, header.limiterBands) };
    if (!known) for (const channel of this.#channels) channel.reset();
  }

  #readSingle(reader: BitReader, header: SbrHeader, bands: SbrBands, { data, targets }: SbrChannel): void {
    if (reader.read(1) === 1) reader.position += reservedBits;
    const grid = readTimeGrid(reader);
    data.setGrid(grid, header.isCoarse);
    data.readDirections(reader);
    data.readFilters(reader, bands);
    data.readEnvelopes(reader, bands, false);
    data.readNoise(reader, bands, false);
    data.readSinusoids(reader, bands);
    targets.compute(data, grid, bands);
  }

  #readPair(
    reader: BitReader,
    header: SbrHeader,
    bands: SbrBands,
    { data: left, targets: leftTargets }: SbrChannel,
    { data: right, targets: rightTargets }: SbrChannel,
  ): void {
    if (reader.read(1) === 1) reader.position += 2 * reservedBits;
    const isCoupled = reader.read(1) === 1;
    const grid = readTimeGrid(reader);
    const rightGrid = isCoupled ? grid : readTimeGrid(reader);
    left.setGrid(grid, header.isCoarse);
    right.setGrid(rightGrid, header.isCoarse);
    for (const data of [left, right]) data.readDirections(reader);
    left.readFilters(reader, bands);
    if (isCoupled) right.filters.set(left.filters);
    else right.readFilters(reader, bands);
    left.readEnvelopes(reader, bands, false);
    if (isCoupled) left.readNoise(reader, bands, false);
    right.readEnvelopes(reader, bands, isCoupled);
    if (!isCoupled) left.readNoise(reader, bands, false);
    right.readNoise(reader, bands, isCoupled);
    for (const data of [left, right]) data.readSinusoids(reader, bands);
    leftTargets.compute(left, grid, bands, left, isCoupled ? right : undefined);
    rightTargets.compute(
      right,
      rightGrid,
      bands,
      isCoupled ? left : right,
      isCoupled ? right : undefined,
      true,
    );
  }

  #readExtensions(reader: BitReader): void {
    if (reader.read(1) === 0) return;
    let bytes = reader.read(4);
    if (bytes === 15) bytes += reader.read(8);
    const end = reader.position + 8 * bytes;
    while (end - reader.position > 7) {
      if (reader.read(2) !== stereoIdentity || !this.#stereo) break;
      this.#stereo.read(reader);
    }
    if (reader.position > end) throw new DamagedPacketError("an extension beyond its end");
    reader.position = end;
  }
}
