import type { ByteWindow } from "../byte-window.ts";

/** FLAC metadata block (RFC 9639, section 8.1). */
export interface FlacBlock {
  readonly type: number;
  /** Position of the content. */
  readonly at: number;
  readonly bytes: number;
}

/** Types of the blocks that are read. */
export const blockTypes = { streamInfo: 0, comments: 4, picture: 6 } as const;

/**
 * Iterates over the blocks after `fLaC`; ends early with the file.
 *
 * @param start - Position of `fLaC`.
 */
export async function* readBlocks(window: ByteWindow, start: number): AsyncGenerator<FlacBlock> {
  let at = start + 4;
  for (let last = false; !last; ) {
    const header = await window.at(at, 4);
    if (header.length < 4) return;
    const view = Buffer.from(header);
    const [first, bytes] = [view.readUInt8(0), view.readUIntBE(1, 3)];
    last = (first & 0x80) !== 0;
    at += 4;
    yield { type: first & 0x7f, at, bytes };
    at += bytes;
  }
}
