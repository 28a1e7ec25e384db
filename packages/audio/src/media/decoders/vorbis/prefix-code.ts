import { DamagedPacketError } from "../../bit-reader.ts";
import type { VorbisBits } from "./vorbis-bits.ts";

/** Most bits that are short up at once. Tables should fit into the processor's first cache. */
const maxTableBits = 10;

/** Prefix code whose entries have the lowest free codes of given lengths (Vorbis I, 3.2.1). */
export class PrefixCode {
  /** By the next bits: 64 times the entry plus the length of its code; or a node as `-1 - node`. */
  readonly table: Int32Array;
  /** Mask of the bits by which {@link table} is short up. */
  readonly mask: number;
  readonly #tableBits: number;
  /** Two children of each node of codes longer than a look-up: another node, or an entry as `-1 - entry`. */
  readonly #nodes: Int32Array;
  #nodeCount = 0;

  /**
   * Assigns the codes.
   *
   * @param lengths - Bits of the code of each entry, up to 32; 0 for an entry that is not used.
   * @throws DamagedPacketError if codes are missing or too many.
   */
  constructor(lengths: Uint8Array) {
    let [used, share, last, longest, short] = [0, 0, 0, 0, 0];
    for (let entry = 0; entry < lengths.length; entry++) {
      const length = lengths[entry] ?? 0;
      if (length === 0) continue;
      used++;
      share += 2 ** -length;
      last = entry;
      longest = Math.max(longest, length);
      if (length <= maxTableBits) short++;
    }
    const isSingle = used === 1 && lengths[last] === 1;
    if (share !== 1 && !isSingle) throw new DamagedPacketError("a codebook has missing codes, or too many");
    this.#tableBits = Math.min(longest, maxTableBits);
    this.mask = (1 << this.#tableBits) - 1;
    this.table = new Int32Array(this.mask + 1);
    this.#nodes = new Int32Array(2 * (used - short));
    this.#assign(lengths);
    // A code of a single entry has one bit, either one.
    if (isSingle) this.table.fill(64 * last + 1);
  }

  #assign(lengths: Uint8Array): void {
    // One code at most is free at each length, that of the greatest length being the lowest. Codes begin at bit 31.
    const free = new Float64Array(33).fill(-1);
    free[0] = 0;
    for (let entry = 0; entry < lengths.length; entry++) {
      const length = lengths[entry] ?? 0;
      if (length === 0) continue;
      let depth = length;
      while ((free[depth] ?? 0) < 0) depth--;
      const code = free[depth] ?? 0;
      free[depth] = -1;
      while (depth < length) {
        depth++;
        free[depth] = code + 2 ** (32 - depth);
      }
      this.#place(reverse(code), length, entry);
    }
  }

  /** Enters a code, whose first bit is the lowest. */
  #place(code: number, length: number, entry: number): void {
    const { table, mask } = this;
    if (length <= this.#tableBits) {
      for (let at = code; at <= mask; at += 1 << length) table[at] = 64 * entry + length;
      return;
    }
    const nodes = this.#nodes;
    const slot = code & mask;
    if (table[slot] === 0) table[slot] = -1 - this.#nodeCount++;
    let node = -1 - (table[slot] ?? 0);
    for (let depth = this.#tableBits; depth < length - 1; depth++) {
      const child = 2 * node + ((code >>> depth) & 1);
      // Node 0 is the child of no node.
      if (nodes[child] === 0) nodes[child] = this.#nodeCount++;
      node = nodes[child] ?? 0;
    }
    nodes[2 * node + ((code >>> (length - 1)) & 1)] = -1 - entry;
  }

  /** Decodes an entry; returns −1 at the end of the packet. */
  decode(bits: VorbisBits): number {
    const { position } = bits;
    const found = this.table[(bits.view.getInt32(position >>> 3, true) >>> (position & 7)) & this.mask] ?? 0;
    if (found < 0) return this.decodeLong(bits, found);
    bits.position = position + (found & 63);
    return bits.position > bits.end ? -1 : found >>> 6;
  }

  /** Decodes an entry whose code is longer than the table's, from its first bit on. */
  decodeLong(bits: VorbisBits, found: number): number {
    let position = bits.position + this.#tableBits;
    let node = -1 - found;
    while (node >= 0) {
      const bit = (bits.view.getUint8(position >>> 3) >>> (position & 7)) & 1;
      node = this.#nodes[2 * node + bit] ?? -1;
      position++;
    }
    bits.position = position;
    return position > bits.end ? -1 : -1 - node;
  }
}

/** Reverses the order of 32 bits. */
function reverse(code: number): number {
  let bits = code;
  bits = ((bits >>> 1) & 0x5555_5555) | ((bits & 0x5555_5555) << 1);
  bits = ((bits >>> 2) & 0x3333_3333) | ((bits & 0x3333_3333) << 2);
  bits = ((bits >>> 4) & 0x0f0f_0f0f) | ((bits & 0x0f0f_0f0f) << 4);
  bits = ((bits >>> 8) & 0x00ff_00ff) | ((bits & 0x00ff_00ff) << 8);
  return ((bits >>> 16) | (bits << 16)) >>> 0;
}
