/** A picture in a format that every browser supports and that cannot contain scripts. */
export interface Picture {
  readonly type: PictureType;
  readonly data: Uint8Array;
}

/** Media type. */
type PictureType = "image/png" | "image/jpeg" | "image/gif" | "image/webp";

/** Signatures of the formats: texts at byte offsets. */
const signatures: readonly (readonly [
  type: PictureType,
  ...parts: (readonly [text: string, at: number])[],
])[] = [
  ["image/png", ["\x89PNG\r\n\x1a\n", 0]],
  ["image/jpeg", ["\xff\xd8\xff", 0]],
  ["image/gif", ["GIF87a", 0]],
  ["image/gif", ["GIF89a", 0]],
  ["image/webp", ["RIFF", 0], ["WEBP", 8]],
];
const signatureBytes = 12;

/**
 * Detects a picture by its first bytes, regardless of its file name or declared type. Returns null for other
 * formats.
 */
export function detectPicture(data: Uint8Array): Picture | null {
  const head = Buffer.from(data.subarray(0, signatureBytes)).toString("latin1");
  const known = signatures.find(([, ...parts]) => parts.every(([text, at]) => head.startsWith(text, at)));
  return known ? { type: known[0], data } : null;
}
