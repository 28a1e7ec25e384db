import type { OpusLibrary } from "@asterite/audio/media";
import type { SendReport } from "./messages.ts";
import type { TrackOpener } from "./track-opener.ts";
import type { WorkerSettings } from "./worker-settings.ts";

/** Services that all players of a worker thread share, handed down from `PlayerHost` to `TrackFeed`. */
export interface HostServices {
  readonly settings: Pick<WorkerSettings, "opus" | "stuckThresholdMs">;
  readonly opus: OpusLibrary;
  readonly opener: Pick<TrackOpener, "open">;
  /** Sends a report; each object reports its own events. */
  readonly report: SendReport;
}
