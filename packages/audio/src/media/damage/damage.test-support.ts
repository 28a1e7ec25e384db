import { type MediaFile, seededRandom } from "@asterite/testkit";
import { inPieces, liveBytes, mediaFile, memoryBytes } from "../media.test-support.ts";
import { openMedia } from "../open-media.ts";
import { TrackError } from "../track-error.ts";

/** Returns a damaged copy of a file: flipped bits, lost or repeated bytes, a missing end. */
function damage(content: Uint8Array, next: () => number): Uint8Array {
  let bytes = Uint8Array.from(content);
  const place = () => Math.floor(next() * bytes.length);
  const kind = next();
  if (kind < 0.5) {
    // Damage to headers finds more faults than damage to audio.
    const reach = next() < 0.5 ? Math.min(bytes.length, 600) : bytes.length;
    const flips = 1 + Math.floor(next() * next() * 200);
    for (let flip = 0; flip < flips; flip++) {
      const at = Math.floor(next() * reach);
      bytes[at] = next() < 0.5 ? (bytes[at] ?? 0) ^ (1 << Math.floor(next() * 8)) : Math.floor(next() * 256);
    }
  } else if (kind < 0.7) {
    const [from, to] = [place(), place()].sort((a, b) => a - b);
    bytes = Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(to)]);
  } else if (kind < 0.8) {
    const at = place();
    bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(place() / 2)]);
  }
  return next() < 0.4 ? bytes.subarray(0, place()) : bytes;
}

/** Returns a damaged copy of a file, reproducible by its seed. */
export const damaged = (content: Uint8Array, seed: number): Uint8Array => damage(content, seededRandom(seed));

/** Outcome of playing a damaged file. */
export type Ending = "played" | "refused";

/**
 * Plays a damaged file as a player would: opens, reads, seeks, reads on, closes.
 *
 * @throws Every error other than a TrackError, and an Error if reads never end.
 */
export const playDamaged = (name: MediaFile, seed: number): Promise<Ending> =>
  playDamagedCopy(mediaFile(name), seed);

/** Plays a damaged copy of a file, as {@link playDamaged} does. */
export async function playDamagedCopy(content: Uint8Array, seed: number): Promise<Ending> {
  const next = seededRandom(seed);
  const bytes = damage(content, next);
  const live = next() < 0.3;
  try {
    const stream = await openMedia(
      live ? liveBytes(inPieces(bytes, 1 + Math.floor(next() * 5_000))) : memoryBytes(bytes),
    );
    try {
      const read = async (maxReads: number) => {
        for (let count = 0; count < maxReads; count++) if (!(await stream.read())) return true;
        return false;
      };
      await read(Math.floor(next() * 20));
      if (stream.facts.seekable && next() < 0.7) await stream.seek(next() * 4_000);
      // Damage may at most double the audible length.
      if (!(await read(500))) throw new Error("the damaged file plays without end");
    } finally {
      stream.close();
    }
    return "played";
  } catch (error) {
    if (error instanceof TrackError) return "refused";
    throw error;
  }
}
