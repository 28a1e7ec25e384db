/** Bytes at the start of a file that tell its format. */
export const formatBytes = 36;

/** Formats that people have, but that are not played: their first bytes, the offset of these, and the name. */
const formats: readonly (readonly [bytes: string, at: number, name: string])[] = [
  ["\x0b\x77", 0, "AC-3"],
  ["wvpk", 0, "WavPack"],
  ["MAC ", 0, "Monkey's Audio"],
  ["MPCK", 0, "Musepack"],
  ["MP+", 0, "Musepack"],
  ["\x30\x26\xb2\x75\x8e\x66\xcf\x11", 0, "Windows Media"],
  ["TTA1", 0, "TTA"],
  ["TTA2", 0, "TTA"],
  ["DSD ", 0, "DSD"],
  ["FRM8", 0, "DSD"],
  ["Speex   ", 28, "Speex"],
  ["AVI ", 8, "AVI"],
  ["FLV\x01", 0, "Flash Video"],
  [".RMF", 0, "RealMedia"],
  [".ra\xfd", 0, "RealAudio"],
  ["#!AMR", 0, "AMR"],
  ["OFR ", 0, "OptimFROG"],
  ["tBaK", 0, "TAK"],
  ["ajkg", 0, "Shorten"],
  ["8SVX", 8, "8SVX"],
  ["NIST_1A", 0, "SPHERE"],
  ["Creative Voice File", 0, "VOC"],
  ["MThd", 0, "MIDI"],
];

/**
 * Returns the name of a known format that is not played; undefined for others. Some begin with so few bytes that this is a guess,
 * for a file that could not be opened.
 */
export const nameUnsupported = (head: Buffer): string | undefined =>
  formats.find(([bytes, at]) => head.toString("latin1", at, at + bytes.length) === bytes)?.[2];
