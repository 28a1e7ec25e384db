/** A packet that contradicts its own syntax. Reads past the end of a packet throw a RangeError as well. */
export class DamagedPacketError extends RangeError {
  /** `DamagedPacketError`. */
  override readonly name = "DamagedPacketError";
}

/** Zero bytes kept after a packet: a code of 32 bits may begin at its last bit. */
const paddingBytes = 16;

/** A copy of a packet, and a position in it. */
export class PacketBits {
  /** Position in bits. */
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
}

/**
 * Reads bits, the most significant first (big-endian). The position is the only
 * state, and every read loads one word at it, so that decoders can keep the position in a local variable
 * while they decode many codes.
 */
export class BitReader extends PacketBits {
  /** Next bits as the top of a signed word: 25 of them are valid. */
  peek(): number {
    return this.view.getInt32(this.position >>> 3) << (this.position & 7);
  }

  /**
   * Reads an unsigned number.
   *
   * @param bits - 0 to 32.
   */
  read(bits: number): number {
    if (bits > 25) return this.read(bits - 16) * 65_536 + this.read(16);
    const value = bits === 0 ? 0 : this.peek() >>> (32 - bits);
    this.position += bits;
    return value;
  }

  /**
   * Reads a number in two's complement.
   *
   * @param bits - 1 to 33.
   */
  readSigned(bits: number): number {
    if (bits > 25) return this.readSigned(bits - 16) * 65_536 + this.read(16);
    const value = this.peek() >> (32 - bits);
    this.position += bits;
    return value;
  }

  /**
   * Reads zeros up to a one and returns their number.
   *
   * @throws DamagedPacketError if the packet has no further one.
   */
  readUnary(): number {
    for (let zeros = 0; this.position < this.end; zeros += 25) {
      const here = Math.clz32(this.peek());
      if (here < 25) {
        this.position += here + 1;
        return zeros + here;
      }
      this.position += 25;
    }
    throw new DamagedPacketError("a unary number runs past the end of the packet");
  }

  /**
   * Checks that no bit after the end was read.
   *
   * @throws DamagedPacketError if one was.
   */
  checkEnd(): void {
    if (this.position > this.end) throw new DamagedPacketError("the packet is truncated");
  }
}
