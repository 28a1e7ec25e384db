import type { ByteWindow } from "./byte-window.ts";
import { detectLayout, layoutBytes } from "./transport/packet-layout.ts";

/**
 * Detected container; `frames` stands for formats without a container and for unknown ones, `foreign` for files that
 * contain no audio, or none that is supported, but may contain bytes that look like frames.
 */
export type ContainerKind =
  | "ogg"
  | "flac"
  | "wav"
  | "aiff"
  | "caf"
  | "au"
  | "matroska/webm"
  | "mp4"
  | "mpegts"
  | "frames"
  | "foreign";

/** Magic bytes of containers, and their offsets. */
const signatures: readonly (readonly [bytes: string, at: number, kind: ContainerKind])[] = [
  ["OggS", 0, "ogg"],
  ["fLaC", 0, "flac"],
  ["RIFF", 0, "wav"],
  ["RIFX", 0, "wav"],
  ["RF64", 0, "wav"],
  ["riff\x2e\x91\xcf\x11", 0, "wav"],
  ["AIF", 8, "aiff"],
  ["caff", 0, "caf"],
  [".snd", 0, "au"],
  ["\x1a\x45\xdf\xa3", 0, "matroska/webm"],
  ["ftyp", 4, "mp4"],
  ["moov", 4, "mp4"],
  ["mdat", 4, "mp4"],
  ["wide", 4, "mp4"],
  ["free", 4, "mp4"],
  ["skip", 4, "mp4"],
  // Programs, archives, documents and pictures.
  ["\x7fELF", 0, "foreign"],
  ["!<arch>\n", 0, "foreign"],
  ["\xca\xfe\xba\xbe", 0, "foreign"],
  ["\xcf\xfa\xed\xfe", 0, "foreign"],
  ["\0asm", 0, "foreign"],
  ["PK\x03\x04", 0, "foreign"],
  ["\x1f\x8b\x08", 0, "foreign"],
  ["\xfd7zXZ\0", 0, "foreign"],
  ["7z\xbc\xaf\x27\x1c", 0, "foreign"],
  ["\x28\xb5\x2f\xfd", 0, "foreign"],
  ["Rar!\x1a\x07", 0, "foreign"],
  ["%PDF-", 0, "foreign"],
  ["SQLite format 3\0", 0, "foreign"],
  ["\x89PNG\r\n", 0, "foreign"],
  ["\xff\xd8\xff", 0, "foreign"],
  ["GIF8", 0, "foreign"],
];

/** Start of a program for DOS or Windows. Radio may begin with any two bytes. */
const programStart = "MZ";

/** Detects a container by its first bytes, which may follow a tag. */
export async function sniffContainer(window: ByteWindow, at = 0): Promise<ContainerKind> {
  const bytes = Buffer.from(await window.at(at, layoutBytes));
  const head = bytes.toString("latin1", 0, 16);
  const known = signatures.find(([signature, at]) => head.startsWith(signature, at))?.[2];
  if (known) return known;
  if (head.startsWith(programStart) && !window.isEndless) return "foreign";
  return detectLayout(bytes) ? "mpegts" : "frames";
}
