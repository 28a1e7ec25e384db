/** A picture of a kind that every browser shows, and that cannot hold a script. */
export interface Picture {
  readonly type: PictureType;
  readonly data: Uint8Array;
}

/** Its media type. */
type PictureType = "image/png" | "image/jpeg" | "image/gif" | "image/webp";

/** What pictures begin with, byte by byte, and where. */
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

/** Tells a picture by its first bytes, whatever somebody calls it; null for anything else. */
export function detectPicture(data: Uint8Array): Picture | null {
  const head = Buffer.from(data.subarray(0, signatureBytes)).toString("latin1");
  const known = signatures.find(([, ...parts]) => parts.every(([text, at]) => head.startsWith(text, at)));
  return known ? { type: known[0], data } : null;
}
