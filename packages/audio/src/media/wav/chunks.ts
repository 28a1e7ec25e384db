import type { ByteWindow } from "../byte-window.ts";

/** Chunk of a RIFF, RIFX, RF64 or W64 file. */
interface Chunk {
  readonly name: string;
  /** Position of the content. */
  readonly at: number;
  /** Length of the content; infinite if the end of the samples is unknown. */
  readonly bytes: number;
}

/** Chunks of a WAVE file. */
export interface WaveChunks {
  /** Whether numbers are big-endian. */
  readonly big: boolean;
  readonly each: AsyncIterable<Chunk>;
}

/** Length value that means "stored elsewhere", or that a streaming writer could not fill in. */
const noLength = 0xffff_ffff;

/** Header of a chunk, and the place of the next one. */
interface Layout {
  /** Position of the first chunk. */
  readonly first: number;
  /** Bytes of a chunk's header. */
  readonly headerBytes: number;
  /** Multiple of bytes at which chunks begin. */
  readonly unit: number;
  /** Length of the content by the header. */
  length(header: Buffer): number;
}

const riff = (big: boolean): Layout => ({
  first: 12,
  headerBytes: 8,
  unit: 2,
  length: (header) => (big ? header.readUInt32BE(4) : header.readUInt32LE(4)),
});

/** Sony Wave64: names are GUIDs, whose first four bytes are those of RIFF, and lengths include the header. */
const wave64: Layout = {
  first: 40,
  headerBytes: 24,
  unit: 8,
  length: (header) => Number(header.readBigUInt64LE(16)) - 24,
};

/** Opens the chunks; returns undefined if the file is not WAVE. */
export async function openChunks(window: ByteWindow): Promise<WaveChunks | undefined> {
  const head = Buffer.from(await window.at(0, 28));
  const form = head.toString("latin1", 0, 4);
  if (form === "riff" && head.toString("latin1", 24, 28) === "wave")
    return { big: false, each: walk(window, wave64) };
  if (!["RIFF", "RIFX", "RF64"].includes(form) || head.toString("latin1", 8, 12) !== "WAVE") return undefined;
  const big = form === "RIFX";
  return { big, each: walk(window, riff(big)) };
}

async function* walk(window: ByteWindow, layout: Layout): AsyncGenerator<Chunk> {
  const { headerBytes, unit } = layout;
  let longBytes = Number.POSITIVE_INFINITY;
  for (let at = layout.first; window.size === null || at < window.size; ) {
    const header = Buffer.from(await window.at(at, headerBytes));
    const name = header.toString("latin1", 0, 4);
    // Padding or foreign data after the last chunk.
    if (header.length < headerBytes || !/^[ -~]{4}$/.test(name)) return;
    const declaredBytes = layout.length(header);
    if (declaredBytes < 0) return;
    at += headerBytes;
    const next = (bytes: number): number => at + Math.ceil(bytes / unit) * unit;
    if (name === "ds64") longBytes = Number(Buffer.from(await window.at(at, 16)).readBigUInt64LE(8));
    if (name !== "data") {
      yield { name, at, bytes: declaredBytes };
      at = next(declaredBytes);
      continue;
    }
    const bytes = declaredBytes === noLength ? longBytes : declaredBytes;
    const toEnd = (window.size ?? Number.POSITIVE_INFINITY) - at;
    const isOpen = bytes === 0 || bytes === Number.POSITIVE_INFINITY;
    yield { name, at, bytes: isOpen ? toEnd : bytes };
    // A live source is not read to its end.
    if (isOpen || window.size === null) return;
    at = next(bytes);
  }
}
