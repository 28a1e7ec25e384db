import { TrackError } from "./track-error.ts";

/** Audio in seconds that may be missing at the end of a file without being missed. */
const tolerableLossSeconds = 1;

/**
 * Checks at the end of the bytes how much of the declared audio is missing.
 *
 * @param samples - Samples from the last packet to the declared end.
 * @throws TrackError if they are a second or more: the file is truncated.
 */
export function checkMissingEnd(samples: number, sampleRate: number): void {
  if (samples >= tolerableLossSeconds * sampleRate)
    throw new TrackError("The file ends before the track does.", "COMMON");
}
