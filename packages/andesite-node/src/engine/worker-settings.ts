import type { ByteSettings } from "../bytes/byte-settings.ts";
import type { VoiceOptions } from "../options.ts";

/** How a thread with audio works; plain data. */
export interface WorkerSettings {
  /** Of the encoder. */
  readonly opus: {
    /** Bits per second, from 6,000 to 510,000. */
    readonly bitrate: number;
    /** Effort from 0 to 10: more sounds better and takes longer. */
    readonly complexity: number;
  };
  /** ms without a frame after which a track counts as stuck. */
  readonly stuckThresholdMs: number;
  /** How tracks are opened and read. */
  readonly bytes: ByteSettings;
  /** Of connections to Discord calls. */
  readonly voice: Pick<VoiceOptions, "connectTimeoutMs" | "resumeAttempts">;
  /** Authorities whose voice servers are trusted beside the well-known ones, PEM; null for none. */
  readonly voiceAuthority: string | null;
}
