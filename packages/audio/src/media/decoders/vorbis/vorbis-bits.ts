import { DamagedPacketError } from "../../bit-reader.ts";

/** Zero bytes kept after a packet: a code of 32 bits may begin at its last bit. */
const paddingBytes = 16;

/** Reads bits, the least significant first (Vorbis I, 2), from a copy of a packet. */
export class VorbisBits {
  /** Position in bits; past {@link end} after a code that the packet does not complete. */
  position = 0;
  /** Length of the packet in bits. */
  end = 0;
  /** The packet, followed by zeros. */
  view = new DataView(new ArrayBuffer(4_096));
  #bytes = new Uint8Array(this.view.buffer);

  /** Starts with a packet, which is copied. */
  load(packet: Uint8Array): void {
    if (packet.length + paddingBytes > this.#bytes.length) {
      this.#bytes = new Uint8Array(2 * packet.length + paddingBytes);
      this.view = new DataView(this.#bytes.buffer);
    }
    this.#bytes.set(packet);
    this.#bytes.fill(0, packet.length, packet.length + paddingBytes);
    this.position = 0;
    this.end = 8 * packet.length;
  }

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
