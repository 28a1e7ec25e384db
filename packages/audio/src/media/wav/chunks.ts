import type { ByteWindow } from "../byte-window.ts";

/** Chunk of a RIFF, RIFX or RF64 file. */
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

/** Opens the chunks; returns undefined if the file is not WAVE. */
export async function openChunks(window: ByteWindow): Promise<WaveChunks | undefined> {
  const riff = Buffer.from(await window.at(0, 12));
  const form = riff.toString("latin1", 0, 4);
  if (!["RIFF", "RIFX", "RF64"].includes(form) || riff.toString("latin1", 8, 12) !== "WAVE") return undefined;
  const big = form === "RIFX";
  return { big, each: walk(window, big) };
}

async function* walk(window: ByteWindow, big: boolean): AsyncGenerator<Chunk> {
  let longBytes = Number.POSITIVE_INFINITY;
  for (let at = 12; window.size === null || at < window.size; ) {
    const header = Buffer.from(await window.at(at, 8));
    const name = header.toString("latin1", 0, 4);
    // Padding or foreign data after the last chunk.
    if (header.length < 8 || !/^[ -~]{4}$/.test(name)) return;
    const declaredBytes = big ? header.readUInt32BE(4) : header.readUInt32LE(4);
    at += 8;
    if (name === "ds64") longBytes = Number(Buffer.from(await window.at(at, 16)).readBigUInt64LE(8));
    if (name !== "data") {
      yield { name, at, bytes: declaredBytes };
      at += declaredBytes + (declaredBytes % 2);
      continue;
    }
    const bytes = declaredBytes === noLength ? longBytes : declaredBytes;
    const toEnd = (window.size ?? Number.POSITIVE_INFINITY) - at;
    const isOpen = bytes === 0 || bytes === Number.POSITIVE_INFINITY;
    yield { name, at, bytes: isOpen ? toEnd : bytes };
    // A live source is not read to its end.
    if (isOpen || window.size === null) return;
    at += bytes + (bytes % 2);
  }
}
