import { readVint } from "./ebml.ts";
import { ids } from "./segment.ts";

/** Elements that may follow a block. */
const followers: readonly number[] = [ids.simpleBlock, ids.blockGroup, ids.cluster, ids.timestamp, ids.cues];
/** Bits of the flags of a block that are reserved; RFC 9559, section 10.2. */
const reservedFlags = 0x70;

/** Position of an element's content and of its end. */
interface Extent {
  readonly id: number;
  readonly dataAt: number;
  readonly end: number;
}

function readExtent(bytes: Uint8Array, at: number): Extent | undefined {
  const id = readVint(bytes, at, 4);
  const size = id && readVint(bytes, at + id.length, 8);
  if (!id || !size || size.unknown) return undefined;
  const dataAt = at + id.length + size.length;
  return { id: id.raw, dataAt, end: dataAt + size.value };
}

/** Returns the track of the block at a position, and where it ends; undefined if no block can be there. */
function readCandidate(bytes: Uint8Array, at: number): { track: number; end: number } | undefined {
  const outer = readExtent(bytes, at);
  const inner = outer?.id === ids.blockGroup ? readExtent(bytes, outer.dataAt) : outer;
  if (!outer || (inner?.id !== ids.block && inner?.id !== ids.simpleBlock) || inner.end > outer.end)
    return undefined;
  const track = readVint(bytes, inner.dataAt, 8);
  if (!track) return undefined;
  const packetAt = inner.dataAt + track.length + 3;
  const flags = bytes[packetAt - 1] ?? reservedFlags;
  if (packetAt >= inner.end || (flags & reservedFlags) !== 0) return undefined;
  return { track: track.value, end: outer.end };
}

/**
 * Searches bytes behind damage for a block of a track that is complete and followed by an element that may follow
 * one, or by the end of the file.
 *
 * @param isLast - Whether the bytes reach to the end of the file.
 * @returns Its position; undefined if there is none.
 */
export function findBlock(bytes: Uint8Array, track: number, isLast: boolean): number | undefined {
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== ids.simpleBlock && bytes[at] !== ids.blockGroup) continue;
    const block = readCandidate(bytes, at);
    if (block?.track !== track) continue;
    if (isLast && block.end === bytes.length) return at;
    const next = readVint(bytes, block.end, 4)?.raw;
    if (next === undefined || !followers.includes(next)) continue;
    if ((next !== ids.simpleBlock && next !== ids.blockGroup) || readCandidate(bytes, block.end)) return at;
  }
  return undefined;
}
