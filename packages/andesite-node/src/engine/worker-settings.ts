import type { ByteSettings } from "../bytes/byte-settings.ts";
import type { VoiceOptions } from "../options.ts";

/** Settings of a worker thread, as plain data. */
export interface WorkerSettings {
  /** Settings of the encoder. */
  readonly opus: {
    /** Bits per second, from 6,000 to 510,000. */
    readonly bitrate: number;
    /** Effort from 0 to 10: higher sounds better and takes longer. */
    readonly complexity: number;
  };
  /** ms without a frame after which a track counts as stuck. */
  readonly stuckThresholdMs: number;
  /** Limits and headers for reading tracks. */
  readonly bytes: ByteSettings;
  /** Settings of connections to Discord calls. */
  readonly voice: Pick<VoiceOptions, "connectTimeoutMs" | "resumeAttempts">;
  /** PEM of certificate authorities to trust for voice servers in addition to Node's; `null` for none. */
  readonly voiceAuthority: string | null;
}

/** What a worker thread is started with. */
export interface WorkerData {
  readonly settings: WorkerSettings;
  /** Memory of the `ReadAheadBudget` of all threads. */
  readonly memory: SharedArrayBuffer;
  /** Place of the thread in that memory. */
  readonly place: number;
}
