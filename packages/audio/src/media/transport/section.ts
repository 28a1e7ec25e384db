const maxSectionBytes = 1_024;
/** Length of a section before the bytes that its length field counts. */
const lengthAt = 3;
/** Bytes of the checksum at the end of a section. */
export const checksumBytes = 4;
const none = Buffer.alloc(0);

/** Remainders of each byte by the polynomial of MPEG-2 systems, 0x04C11DB7. */
const remainders = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x80_00_00_00 ? (value << 1) ^ 0x04_c1_1d_b7 : value << 1;
  return value;
});

/** Returns the checksum of a section (ISO/IEC 13818-1, annex A); 0 if its own checksum is included and matches. */
export function sectionChecksum(bytes: Uint8Array): number {
  let value = 0xff_ff_ff_ff;
  for (const byte of bytes) value = (value << 8) ^ (remainders[(value >>> 24) ^ byte] ?? 0);
  return value >>> 0;
}

/** Joins the parts of a table section. */
export class SectionAssembler {
  #section = none;

  /** Adds the payload of a packet; returns the section when it is complete and undamaged. */
  add(payload: Uint8Array, isUnitStart: boolean): Buffer | undefined {
    // A pointer to the start of the section comes first.
    if (isUnitStart) this.#section = Buffer.from(payload.subarray(1 + (payload[0] ?? 0)));
    else if (this.#section.length > 0) this.#section = Buffer.concat([this.#section, payload]);
    if (this.#section.length < lengthAt) return undefined;
    const bytes = lengthAt + (this.#section.readUInt16BE(1) & 0xfff);
    if (bytes <= maxSectionBytes && this.#section.length < bytes) return undefined;
    const section = this.#section.subarray(0, bytes);
    this.#section = none;
    return bytes <= maxSectionBytes && sectionChecksum(section) === 0 ? section : undefined;
  }
}
