// Files of the test kit as writers leave them that do not know how long they become, such as recorders.

import { mediaFile } from "./media.test-support.ts";

/** Returns the frames of an mp3 file without its tag and information frame. */
export function framesOf(name: "tones.mp3" | "tones-vbr.mp3"): Buffer {
  const bytes = Buffer.from(mediaFile(name));
  const info = Math.max(bytes.indexOf("Info"), bytes.indexOf("Xing"));
  return bytes.subarray(bytes.indexOf(Buffer.of(0xff, 0xfb), info));
}

/** Returns a FLAC file whose stream information has no number of samples. */
export function unmeasuredFlac(): Buffer {
  const bytes = Buffer.from(mediaFile("tones.flac"));
  // The lower half of a byte and four bytes.
  bytes.set([(bytes[21] ?? 0) & 0xf0, 0, 0, 0, 0], 21);
  return bytes;
}

/** Returns a WebM file whose element of the duration is a void one. */
export function unmeasuredWebm(name: "tones-opus.webm" | "tones-vorbis.webm"): Buffer {
  const bytes = Buffer.from(mediaFile(name));
  bytes.set([0xec, 0x89], bytes.indexOf("448988", 0, "hex"));
  return bytes;
}

/** Returns a WAV file with another length of its samples. */
export function withDataLength(wav: Uint8Array, length: number): Buffer {
  const bytes = Buffer.from(wav);
  bytes.writeUInt32LE(length, bytes.indexOf("data") + 4);
  return bytes;
}
