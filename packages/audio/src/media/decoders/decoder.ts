/** Turns packets of one format into samples. Not to be used again after {@link close}. */
export interface Decoder {
  /**
   * Decodes one packet.
   *
   * @returns An array of samples for each channel, the caller's to keep; undefined where it is damaged. Twice as
   *   many as announced are samples at twice the rate.
   */
  decode(packet: Uint8Array): readonly Float32Array[] | undefined;
  /** Frees what it holds. */
  close(): void;
}
