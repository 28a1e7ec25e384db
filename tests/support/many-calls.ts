// Many Discord calls in one process: the audio engine of a node, and a voice server with a listener in each
// call.

import { Track } from "@asterite/lavaplayer-track";
import { type Authority, type Certificate, DiscordVoiceServer, testCall } from "@asterite/testkit";
import { silentLogger } from "@asterite/util";
import { expect } from "vitest";
import { Engine } from "../../packages/andesite-node/src/engine/engine.ts";
import type { WorkerLoad } from "../../packages/andesite-node/src/engine/messages.ts";
import { defaultPlayOptions } from "../../packages/andesite-node/src/engine/remote-deck.ts";

/** Result of {@link playInCalls}. */
export interface ManyCalls {
  /** Packets of the track that the listener of each call decrypted. */
  readonly decrypted: readonly number[];
  /** Packets of all calls that could not be decrypted. */
  readonly undecrypted: number;
  /** Voice connections lost. */
  readonly lost: number;
  /** Load of the one worker thread. */
  readonly load: WorkerLoad;
}

/**
 * Plays a file in a number of calls, in one worker thread, until each listener has decrypted a number of
 * packets.
 */
export async function playInCalls(
  { authority, certificate }: { authority: Authority; certificate: Certificate },
  file: string,
  calls: number,
  packets: number,
  timeoutMs: number,
): Promise<ManyCalls> {
  await using server = await DiscordVoiceServer.start(certificate);
  const engine = new Engine(
    {
      opus: { bitrate: 128_000, complexity: 5 },
      stuckThresholdMs: 10_000,
      bytes: { allowPrivateAddresses: true, userAgent: "test", limits: {} },
      voice: { connectTimeoutMs: timeoutMs, resumeAttempts: 5 },
      voiceAuthority: authority.ca,
    },
    1,
    silentLogger,
  );
  const track = new Track({ info: { title: "", author: "", identifier: file }, source: "local" });
  let lost = 0;
  for (let index = 0; index < calls; index++) {
    const player = engine.add({
      locate: () => Promise.resolve({ type: "file", path: file }),
      handleReport({ type }) {
        if (type === "voice-closed") lost++;
      },
    });
    player.deck(null).play({ track, generation: 1, startMs: 0, endMs: 0 }, defaultPlayOptions);
    const ids = { guildId: String(index), userId: String(1_000 + index), sessionId: `session ${index}` };
    const { endpoint } = server;
    player.join({ ...ids, endpoint, token: "token", channelId: testCall.channelId });
  }
  const decrypted = () =>
    server.sessions.map(
      (session) => session.packets.filter(({ encrypted, opus }) => encrypted && opus).length,
    );
  const done = () => decrypted().filter((count) => count >= packets).length;
  try {
    await expect.poll(done, { timeout: timeoutMs, interval: 500 }).toBe(calls);
    const [load] = engine.loads;
    if (!load) throw new Error("the worker thread has reported no load");
    const undecrypted = server.sessions.flatMap(({ packets: all }) =>
      all.filter(({ opus }) => opus === null),
    ).length;
    return { decrypted: decrypted(), undecrypted, lost, load };
  } finally {
    await engine.close();
  }
}

/** Returns a quantile of the frame clock's lateness, in ms. */
export function latenessQuantile({ lateness }: WorkerLoad, share: number): number {
  const total = lateness.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  for (const [ms, count] of lateness.entries()) {
    sum += count;
    if (sum >= share * total) return ms;
  }
  return lateness.length;
}
