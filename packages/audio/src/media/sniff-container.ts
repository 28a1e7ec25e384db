import type { ByteWindow } from "./byte-window.ts";

/** Detected container; `frames` stands for formats without a container and for unknown ones. */
export type ContainerKind = "ogg" | "flac" | "wav" | "matroska/webm" | "mp4" | "frames";

/** Magic bytes of containers, and their offsets. */
const signatures: readonly (readonly [bytes: string, at: number, kind: ContainerKind])[] = [
  ["OggS", 0, "ogg"],
  ["fLaC", 0, "flac"],
  ["RIFF", 0, "wav"],
  ["RIFX", 0, "wav"],
  ["RF64", 0, "wav"],
  ["\x1a\x45\xdf\xa3", 0, "matroska/webm"],
  ["ftyp", 4, "mp4"],
  ["moov", 4, "mp4"],
  ["mdat", 4, "mp4"],
  ["wide", 4, "mp4"],
];

/** Detects a container by its first bytes. */
export async function sniffContainer(window: ByteWindow): Promise<ContainerKind> {
  const head = Buffer.from(await window.at(0, 16)).toString("latin1");
  return signatures.find(([bytes, at]) => head.startsWith(bytes, at))?.[2] ?? "frames";
}
