import type { AacConfig } from "../../aac/aac-config.ts";
import { aacElementKey, aacElements, readAacLayout } from "../../aac/aac-layout.ts";
import { BitReader, DamagedPacketError } from "../../bit-reader.ts";
import { skipData, skipFill } from "../side-elements.ts";
import { bandsByRate } from "./bands.ts";
import { ChannelStream } from "./channel-stream.ts";
import { FilterBank } from "./filter-bank.ts";
import { NoiseSource, restoreIntensity, restoreMidSide } from "./stereo.ts";
import { frameLines, maxBands } from "./window-info.ts";

const elements = { ...aacElements, data: 4, layout: 5, fill: 6, end: 7 } as const;

/** Decodes AAC packets of low complexity (ISO/IEC 14496-3, subpart 4) of 1 to 8 channels. */
export class AacPacketDecoder {
  readonly #reader = new BitReader();
  readonly #config: AacConfig;
  readonly #streams: readonly [ChannelStream, ChannelStream];
  readonly #banks: readonly FilterBank[];
  readonly #noise = new NoiseSource();
  /** 1 for the bands of a pair that hold the mean and the difference. */
  readonly #isMidSide = new Uint8Array(maxBands);

  /** @throws RangeError if the sample rate is unknown. */
  constructor(config: AacConfig) {
    const bands = bandsByRate[config.rateIndex];
    if (!bands) throw new RangeError(`no AAC with the index ${config.rateIndex} of the sample rate`);
    this.#config = config;
    this.#streams = [new ChannelStream(bands), new ChannelStream(bands)];
    this.#banks = config.order.map(() => new FilterBank());
  }

  /**
   * Decodes a packet to 1,024 samples per channel of full scale ±1. It overlaps with the packet before it.
   *
   * @returns One array per channel, in the order left, right, centre, low, back, side; owned by the caller.
   * @throws RangeError if the packet is damaged. The next packet can be decoded.
   */
  decode(packet: Uint8Array): Float32Array[] {
    const reader = this.#reader;
    reader.load(packet);
    this.#noise.start(reader);
    const { order, elements: firstChannels } = this.#config;
    const decoded: Float32Array[] = [];
    let channels = 0;
    for (let element = reader.read(3); element !== elements.end; element = reader.read(3)) {
      if (element === elements.fill) skipFill(this.#reader);
      else if (element === elements.data) skipData(this.#reader);
      // The reader of the container has read it.
      else if (element === elements.layout) readAacLayout(reader);
      else {
        const key = aacElementKey(element, reader.read(4));
        const channel = firstChannels ? (firstChannels.get(key) ?? order.length) : channels;
        channels += this.#decodeElement(element, channel, decoded);
      }
      reader.checkEnd();
    }
    if (channels !== order.length) throw new DamagedPacketError(`${channels} of ${order.length} channels`);
    return order.map((_, position) => decoded[position] ?? new Float32Array(frameLines));
  }

  /** Decodes an element with channels, the first of which is given. Returns their number. */
  #decodeElement(element: number, channel: number, decoded: Float32Array[]): number {
    const [first] = this.#streams;
    if (element === elements.pair) {
      this.#decodePair(channel, decoded);
      return 2;
    }
    if (element !== elements.single && element !== elements.low)
      throw new DamagedPacketError(`unexpected element ${element}`);
    first.read(this.#reader, false);
    this.#noise.fill(first);
    this.#synthesise(first, channel, decoded);
    return 1;
  }

  #decodePair(channel: number, decoded: Float32Array[]): void {
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
    this.#noise.fill(left);
    this.#noise.fill(right, left, mask > 0 ? this.#isMidSide : undefined);
    if (mask > 0) restoreMidSide(left, right, this.#isMidSide);
    // The standard inverts intensity stereo for mask 1 only. Encoders rely on decoders that do so for mask 2 as well.
    restoreIntensity(left, right, mask > 0 ? this.#isMidSide : undefined);
    this.#synthesise(left, channel, decoded);
    this.#synthesise(right, channel + 1, decoded);
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

  #synthesise(stream: ChannelStream, channel: number, decoded: Float32Array[]): void {
    const bank = this.#banks[channel];
    const position = this.#config.order[channel];
    if (!bank || position === undefined)
      throw new DamagedPacketError(`more than ${this.#banks.length} channels`);
    if (stream.shaping.isActive) stream.shaping.apply(stream.spectrum, stream.info);
    decoded[position] = bank.synthesise(stream.spectrum, stream.info);
  }
}
