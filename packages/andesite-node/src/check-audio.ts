import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { OpusBuild } from "@asterite/audio/media";
import { defaultUserAgent } from "./bytes/byte-settings.ts";
import { ReadAheadBudget } from "./bytes/read-ahead.ts";
import type { Command } from "./engine/messages.ts";
import type { WorkerData, WorkerSettings } from "./engine/worker-settings.ts";
import { defaultNodeOptions } from "./options.ts";
import { requireOpus } from "./require-opus.ts";

/** Result of {@link checkAudio}. */
export interface AudioCheck {
  /** Build of libopus in use. */
  readonly opus: OpusBuild;
}

const { playing, voice } = defaultNodeOptions;

const settings: WorkerSettings = {
  opus: { bitrate: playing.bitrate, complexity: playing.complexity },
  stuckThresholdMs: playing.stuckThresholdMs,
  bytes: { allowPrivateAddresses: false, userAgent: defaultUserAgent, limits: {} },
  voice,
  voiceAuthority: null,
};

const reportTimeoutMs = 20_000;

/**
 * Checks that this machine can process audio: loads the encoder, and starts and ends a worker thread.
 *
 * @throws Error with the reason if a part is missing.
 */
export async function checkAudio(): Promise<AudioCheck> {
  const { build } = await requireOpus();
  const workerData: WorkerData = { settings, memory: ReadAheadBudget.createMemory(1), place: 0 };
  const worker = new Worker(new URL(import.meta.resolve("#audio-worker")), { workerData });
  try {
    const player = 0;
    const commands: readonly Command[] = [
      { type: "add", player },
      { type: "outputs", player, radio: true, hasListeners: false },
    ];
    for (const command of commands) worker.postMessage(command);
    // A thread with an active player reports its load.
    await once(worker, "message", { signal: AbortSignal.timeout(reportTimeoutMs) });
  } finally {
    await worker.terminate();
  }
  return { opus: build };
}
