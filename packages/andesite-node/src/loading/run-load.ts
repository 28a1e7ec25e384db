import { TrackError } from "@asterite/audio/media";
import { type Semaphore, SemaphoreFullError } from "@asterite/util";

/**
 * Runs a load as soon as the semaphore has a free slot.
 *
 * @throws TrackError when too many loads are waiting; the signal's reason when it aborts a waiting load.
 */
export async function runLoad<Result>(
  semaphore: Semaphore,
  load: () => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  try {
    return await semaphore.run(load, signal);
  } catch (error) {
    if (!(error instanceof SemaphoreFullError)) throw error;
    throw new TrackError("The node is busy: too many tracks are being loaded. Try again later.", "COMMON", {
      cause: error,
    });
  }
}
