import { DamagedPacketError, PacketBits } from "../../bit-reader.ts";

/** Reads bits, the least significant first (Vorbis I, 2). A code that the packet does not complete ends past its end. */
export class VorbisBits extends PacketBits {
  /**
   * Reads an unsigned number.
   *
   * @param bits - 0 to 32.
   * @throws DamagedPacketError past the end of the packet.
   */
  read(bits: number): number {
    if (bits > 16) return this.read(16) + 65_536 * this.read(bits - 16);
    const { position } = this;
    if (position + bits > this.end) throw new DamagedPacketError("the packet ends too early");
    this.position = position + bits;
    return (this.view.getInt32(position >>> 3, true) >>> (position & 7)) & ((1 << bits) - 1);
  }

  /** Reads one bit as a flag. */
  flag(): boolean {
    return this.read(1) === 1;
  }
}

/** Number of bits of a number up to its highest one (Vorbis I, 9.2.1). */
export const bitLength = (value: number): number => 32 - Math.clz32(value);
