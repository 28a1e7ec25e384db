import type { ByteWindow } from "../byte-window.ts";
import { type Chunk, type ChunkLayout, walkChunks } from "../chunks/chunks.ts";

/** Chunks of a WAVE file. */
export interface WaveChunks {
  /** Whether numbers are big-endian. */
  readonly big: boolean;
  readonly each: AsyncIterable<Chunk>;
}

/** Length value that means "stored elsewhere", or that a streaming writer could not fill in. */
const noLength = 0xffff_ffff;

/** @param longBytes - Length of the samples where the field is too small. */
const riff = (big: boolean, longBytes: number): ChunkLayout => ({
  first: 12,
  headerBytes: 8,
  unit: 2,
  sound: "data",
  length: (header) => {
    const bytes = big ? header.readUInt32BE(4) : header.readUInt32LE(4);
    return bytes === noLength ? longBytes || Number.POSITIVE_INFINITY : bytes;
  },
});

/** Sony Wave64: names are GUIDs, whose first four bytes are those of RIFF, and lengths include the header. */
const wave64: ChunkLayout = {
  first: 40,
  headerBytes: 24,
  unit: 8,
  sound: "data",
  length: (header) => {
    const bytes = Number(header.readBigInt64LE(16)) - 24;
    return bytes < 0 ? Number.POSITIVE_INFINITY : bytes;
  },
};

/** Opens the chunks; returns undefined if the file is not WAVE. */
export async function openChunks(window: ByteWindow): Promise<WaveChunks | undefined> {
  const head = Buffer.from(await window.at(0, 36));
  const form = head.toString("latin1", 0, 4);
  if (form === "riff" && head.toString("latin1", 24, 28) === "wave")
    return { big: false, each: walkChunks(window, wave64) };
  if (!["RIFF", "RIFX", "RF64"].includes(form) || head.toString("latin1", 8, 12) !== "WAVE") return undefined;
  const big = form === "RIFX";
  // EBU Tech 3306: the first chunk of RF64 contains the lengths of the file and of the samples.
  const hasLong = head.length === 36 && head.toString("latin1", 12, 16) === "ds64";
  const longBytes = hasLong ? Number(head.readBigUInt64LE(28)) : 0;
  return { big, each: walkChunks(window, riff(big, longBytes)) };
}
