import type { VorbisBits } from "./vorbis-bits.ts";

/** Spectral envelope of the channels. */
export interface Floor {
  /**
   * Reads the envelope of a channel.
   *
   * @returns False if the channel is silent.
   * @throws DamagedPacketError if the packet ends too early.
   */
  read(bits: VorbisBits, channel: number): boolean;
  /** Multiplies lines with the envelope of a channel. */
  apply(channel: number, lines: Float64Array, count: number): void;
}
