import type { ByteWindow } from "../byte-window.ts";

/** A chunk of a RIFF, RIFX or RF64 file. */
interface Chunk {
  readonly name: string;
  /** Position of its content. */
  readonly at: number;
  /** Length of its content; infinite where nobody knows where the samples end. */
  readonly bytes: number;
}

/** The chunks of a file with sound. */
export interface WaveChunks {
  /** Whether numbers begin with their highest byte. */
  readonly big: boolean;
  readonly each: AsyncIterable<Chunk>;
}

/** What a length is that stands elsewhere, or that a writer could not go back to fill in. */
const noLength = 0xffff_ffff;

/** Opens the chunks; undefined if it is no such file. */
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
    // Padding, or what else stands behind the last chunk.
    if (header.length < 8 || !/^[ -~]{4}$/.test(name)) return;
    const told = big ? header.readUInt32BE(4) : header.readUInt32LE(4);
    at += 8;
    if (name === "ds64") longBytes = Number(Buffer.from(await window.at(at, 16)).readBigUInt64LE(8));
    if (name !== "data") {
      yield { name, at, bytes: told };
      at += told + (told % 2);
      continue;
    }
    const bytes = told === noLength ? longBytes : told;
    const toEnd = (window.size ?? Number.POSITIVE_INFINITY) - at;
    const isOpen = bytes === 0 || bytes === Number.POSITIVE_INFINITY;
    yield { name, at, bytes: isOpen ? toEnd : bytes };
    // What comes once is not read through to its end.
    if (isOpen || window.size === null) return;
    at += bytes + (bytes % 2);
  }
}
