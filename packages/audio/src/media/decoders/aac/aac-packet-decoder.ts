import { type AacConfig, aacFormat } from "../../aac/aac-config.ts";
import { aacElementKey, aacElements, readAacLayout } from "../../aac/aac-layout.ts";
import { BitReader, DamagedPacketError } from "../../bit-reader.ts";
import { readFillBytes, skipData, skipFill } from "../side-elements.ts";
import { type Bands, bandsByRate } from "./bands.ts";
import { ChannelStream } from "./channel-stream.ts";
import { CouplingChannel } from "./coupling.ts";
import { FilterBank } from "./filter-bank.ts";
import { SbrElement, sbrPayloads } from "./sbr/sbr-element.ts";
import { NoiseSource, restoreIntensity, restoreMidSide } from "./stereo.ts";
import { frameLines, maxBands } from "./window-info.ts";

const elements = { ...aacElements, coupling: 2, data: 4, layout: 5, fill: 6, end: 7 } as const;

/** An element with channels. */
interface DecodedElement {
  readonly kind: number;
  /** Positions of its channels in the result. */
  readonly positions: readonly number[];
}

/**
 * Decodes AAC packets of low complexity (ISO/IEC 14496-3, subpart 4) of 1 to 8 channels, with spectral band
 * replication.
 */
export class AacPacketDecoder {
  readonly #reader = new BitReader();
  readonly #config: AacConfig;
  readonly #streams: readonly [ChannelStream, ChannelStream];
  readonly #banks: readonly FilterBank[];
  readonly #noise = new NoiseSource();
  /** 1 for the bands of a pair that hold the mean and the difference. */
  readonly #isMidSide = new Uint8Array(maxBands);
  /** Replication of the elements, in their order; made when they come. */
  readonly #replications: SbrElement[] = [];
  #hasReplication = false;
  readonly #bands: Bands;
  /** Coupling channels by tag. Empty in most streams, whose layout declares none. */
  readonly #couplings = new Map<number, CouplingChannel>();
  /** Reads coupling channels that are stepped over. */
  #skipped: CouplingChannel | undefined;

  /** Whether one of the packets had data of spectral band replication, used or not. */
  get hasReplication(): boolean {
    return this.#hasReplication;
  }

  /** @throws RangeError if the sample rate is unknown. */
  constructor(config: AacConfig) {
    const bands = bandsByRate[config.rateIndex];
    if (!bands) throw new RangeError(`no AAC with the index ${config.rateIndex} of the sample rate`);
    this.#config = config;
    this.#bands = bands;
    this.#streams = [new ChannelStream(bands), new ChannelStream(bands)];
    this.#banks = config.order.map(() => new FilterBank());
  }

  /**
   * Decodes a packet to 1,024 samples per channel of full scale ±1, or 2,048 with spectral band replication. It
   * overlaps with the packet before it. A single channel becomes two with it, as only packets show whether they hold
   * parametric stereo.
   *
   * @returns One array per channel, in the order left, right, centre, low, back, side; owned by the caller.
   * @throws RangeError if the packet is damaged. The next packet can be decoded.
   */
  decode(packet: Uint8Array): Float32Array[] {
    const reader = this.#reader;
    reader.load(packet);
    this.#noise.start(reader);
    if (this.#config.isCoupled) this.#readCouplings();
    const { order, elements: firstChannels } = this.#config;
    const decoded: Float32Array[] = [];
    const found: DecodedElement[] = [];
    let channels = 0;
    for (let element = reader.read(3); element !== elements.end; element = reader.read(3)) {
      if (element === elements.fill) this.#readFill(found);
      else if (element === elements.data) skipData(this.#reader);
      // The reader of the container has read it.
      else if (element === elements.layout) readAacLayout(reader);
      else if (element === elements.coupling) this.#readCoupling(false);
      else {
        const key = aacElementKey(element, reader.read(4));
        const channel = firstChannels ? (firstChannels.get(key) ?? order.length) : channels;
        const count = this.#decodeElement(element, key, channel, decoded);
        found.push({ kind: element, positions: order.slice(channel, channel + count) });
        channels += count;
      }
      reader.checkEnd();
    }
    if (channels !== order.length) throw new DamagedPacketError(`${channels} of ${order.length} channels`);
    const cores = order.map((_, position) => decoded[position] ?? new Float32Array(frameLines));
    return this.#config.isReplicated ? this.#replicate(found, cores) : cores;
  }

  /** Reads a fill element, which may hold the replication of the element before it. */
  #readFill(found: readonly DecodedElement[]): void {
    const reader = this.#reader;
    const bytes = readFillBytes(reader);
    const end = reader.position + 8 * bytes;
    const element = found.at(-1);
    const kind = bytes > 0 ? reader.read(4) : 0;
    const isReplication = kind === sbrPayloads.plain || kind === sbrPayloads.checked;
    if (isReplication && element && element.kind !== elements.low && end <= reader.end) {
      this.#hasReplication = true;
      if (this.#config.isReplicated) this.#replicationOf(found.length - 1, element).read(reader, kind, end);
    }
    reader.position = end;
  }

  #replicationOf(index: number, { positions }: DecodedElement): SbrElement {
    const known = this.#replications[index];
    if (known?.channels === positions.length) return known;
    const { sampleRate, channels } = aacFormat(this.#config);
    const made = new SbrElement(positions.length, sampleRate, channels > this.#config.order.length);
    this.#replications[index] = made;
    return made;
  }

  /** Doubles the rate of all channels; elements without data of replication are resampled. */
  #replicate(found: readonly DecodedElement[], cores: readonly Float32Array[]): Float32Array[] {
    const result = [...cores];
    for (const [index, element] of found.entries()) {
      const { positions } = element;
      const replication = this.#replicationOf(index, element);
      const own = positions.map((position) => cores[position] ?? new Float32Array(frameLines));
      for (const [channel, samples] of replication.process(own).entries())
        result[positions[channel] ?? channel] = samples;
    }
    return result;
  }

  /** Reads the coupling channels of the packet, which may follow their targets, and returns to its start. */
  #readCouplings(): void {
    const reader = this.#reader;
    for (const coupling of this.#couplings.values()) coupling.clear();
    for (let element = reader.read(3); element !== elements.end; element = reader.read(3)) {
      if (element === elements.fill) skipFill(reader);
      else if (element === elements.data) skipData(reader);
      else if (element === elements.layout) readAacLayout(reader);
      else if (element === elements.coupling) this.#readCoupling(true);
      else {
        reader.position += 4;
        if (element === elements.pair) this.#readPair();
        else this.#streams[0].read(reader, false);
      }
      reader.checkEnd();
    }
    reader.position = 0;
  }

  /** Reads a coupling channel; one that is not used is only stepped over. */
  #readCoupling(isUsed: boolean): void {
    const tag = this.#reader.read(4);
    const known = isUsed ? this.#couplings.get(tag) : this.#skipped;
    const coupling = known ?? new CouplingChannel(this.#bands);
    if (isUsed) this.#couplings.set(tag, coupling);
    else this.#skipped = coupling;
    coupling.read(this.#reader, this.#noise);
  }

  /** Decodes an element with channels, the first of which is given. Returns their number. */
  #decodeElement(element: number, key: number, channel: number, decoded: Float32Array[]): number {
    const [first] = this.#streams;
    if (element === elements.pair) {
      this.#decodePair(key, channel, decoded);
      return 2;
    }
    first.read(this.#reader, false);
    this.#noise.fill(first);
    this.#synthesise(first, { key, side: 0 }, channel, decoded);
    return 1;
  }

  /** Reads the channels of a pair. Returns which bands hold the mean and the difference, see {@link #readMask}. */
  #readPair(): number {
    const reader = this.#reader;
    const [left, right] = this.#streams;
    const isCommon = reader.read(1) === 1;
    let mask = 0;
    if (isCommon) {
      left.info.read(reader);
      right.info.copy(left.info);
      mask = this.#readMask(left);
    }
    left.read(reader, isCommon);
    right.read(reader, isCommon);
    return mask;
  }

  #decodePair(key: number, channel: number, decoded: Float32Array[]): void {
    const [left, right] = this.#streams;
    const mask = this.#readPair();
    this.#noise.fill(left);
    this.#noise.fill(right, left, mask > 0 ? this.#isMidSide : undefined);
    if (mask > 0) restoreMidSide(left, right, this.#isMidSide);
    // The standard inverts intensity stereo for mask 1 only. Encoders rely on decoders that do so for mask 2 as well.
    restoreIntensity(left, right, mask > 0 ? this.#isMidSide : undefined);
    this.#synthesise(left, { key, side: 0 }, channel, decoded);
    this.#synthesise(right, { key, side: 1 }, channel + 1, decoded);
  }

  /** Reads which bands hold the mean and the difference. Returns 0 for none, 1 for some, 2 for all. */
  #readMask({ info }: ChannelStream): number {
    const reader = this.#reader;
    const mask = reader.read(2);
    if (mask === 3) throw new DamagedPacketError("a reserved kind of stereo");
    for (let group = 0; group < info.groupCount && mask > 0; group++)
      for (let band = 0; band < info.maxBand; band++)
        this.#isMidSide[info.bandIndex(group) + band] = mask === 2 ? 1 : reader.read(1);
    return mask;
  }

  #synthesise(
    stream: ChannelStream,
    { key, side }: { readonly key: number; readonly side: number },
    channel: number,
    decoded: Float32Array[],
  ): void {
    const bank = this.#banks[channel];
    const position = this.#config.order[channel];
    if (!bank || position === undefined)
      throw new DamagedPacketError(`more than ${this.#banks.length} channels`);
    for (const coupling of this.#couplings.values()) coupling.addToSpectrum(key, side, stream, true);
    if (stream.shaping.isActive) stream.shaping.apply(stream.spectrum, stream.info);
    for (const coupling of this.#couplings.values()) coupling.addToSpectrum(key, side, stream, false);
    const samples = bank.synthesise(stream.spectrum, stream.info);
    for (const coupling of this.#couplings.values()) coupling.addToSamples(key, side, samples);
    decoded[position] = samples;
  }
}
