import { DamagedPacketError } from "../../bit-reader.ts";
import { vorbisOrders } from "../../vorbis-order.ts";
import { type BlockShape, blockShape, ChannelSynthesis } from "./channel-synthesis.ts";
import { readVorbisSetup, type VorbisSetup } from "./setup.ts";
import { bitLength, VorbisBits } from "./vorbis-bits.ts";

/** Decodes Vorbis packets (Vorbis I, 4.3). */
export class VorbisPacketDecoder {
  readonly #setup: VorbisSetup;
  readonly #bits = new VorbisBits();
  readonly #modeBits: number;
  readonly #shapes: readonly [short: BlockShape, long: BlockShape];
  readonly #spectra: readonly Float64Array[];
  readonly #channels: readonly ChannelSynthesis[];
  readonly #order: readonly number[];
  #shapeBefore: BlockShape | undefined;

  /** @throws RangeError if a header is damaged. */
  constructor(identification: Uint8Array, setup: Uint8Array) {
    this.#setup = readVorbisSetup(identification, setup);
    const { modes, channels, blockSizes } = this.#setup;
    const [short, long] = blockSizes;
    this.#modeBits = bitLength(modes.length - 1);
    this.#shapes = [blockShape(short), blockShape(long)];
    this.#spectra = Array.from({ length: channels }, () => new Float64Array(long / 2));
    this.#channels = this.#spectra.map(() => new ChannelSynthesis(long / 2));
    this.#order = vorbisOrders[channels] ?? [...this.#spectra.keys()];
  }

  /**
   * Decodes a packet. It overlaps with the packet before it: the first one yields no samples, each other one a
   * quarter of the sum of both block sizes.
   *
   * @returns One array per channel, in the order left, right, centre, low, back, side; owned by the caller.
   * @throws RangeError if the packet is damaged. The next packet can be decoded.
   */
  decode(packet: Uint8Array): Float32Array[] {
    const bits = this.#bits;
    bits.load(packet);
    if (bits.flag()) throw new DamagedPacketError("the packet has no audio");
    const mode = this.#setup.modes[bits.read(this.#modeBits)];
    if (!mode) throw new DamagedPacketError("the packet has an unknown mode");
    const { isLong, mapping } = mode;
    // The sizes of the blocks before and after, which their own packets state.
    if (isLong) bits.read(2);
    const shape = this.#shapes[isLong ? 1 : 0];
    mapping.decode(bits, this.#spectra, shape.size / 2);
    const before = this.#shapeBefore;
    this.#shapeBefore = shape;
    return this.#order.map((channel) => {
      const lines = mapping.isSilent(channel) ? undefined : this.#spectra[channel];
      return this.#channels[channel]?.add(lines, shape, before) ?? new Float32Array(0);
    });
  }
}
