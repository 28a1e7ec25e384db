/** Decoder of packets of one format. It must not be used after {@link close}. */
export interface Decoder {
  /**
   * Decodes one packet.
   *
   * @returns One array of samples per channel, owned by the caller; undefined if the packet is damaged.
   */
  decode(packet: Uint8Array): readonly Float32Array[] | undefined;
  /** Frees its memory. */
  close(): void;
}
