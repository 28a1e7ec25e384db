// Many Discord calls of one process: the engine of a node, and a voice server with a listener in each call.

import { FilterConfiguration } from "@asterite/audio/dsp";
import { type Authority, type Certificate, DiscordVoiceServer, testCall } from "@asterite/testkit";
import { silentLogger } from "@asterite/util";
import { expect } from "vitest";
import { Engine } from "../../packages/andesite-node/src/engine/engine.ts";
import type { WorkerLoad } from "../../packages/andesite-node/src/engine/messages.ts";

/** What came of the calls. */
export interface ManyCalls {
  /** Packets of the track that the listener of each call could decrypt. */
  readonly heard: readonly number[];
  /** Packets that could not be decrypted, of all calls. */
  readonly unread: number;
  /** Connections that were lost. */
  readonly lost: number;
  /** Of the thread that carries them all. */
  readonly load: WorkerLoad;
}

/** Plays a file in so many calls in one thread until each listener has heard so many packets. */
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
  let lost = 0;
  for (let index = 0; index < calls; index++) {
    const player = engine.add({
      locate: () => Promise.resolve({ type: "file", path: file }),
      ended() {},
      exception() {},
      stuck() {},
      sourceChanged() {},
      voiceClosed: () => void lost++,
      deckRemoved() {},
    });
    const settings = { volume: 100, paused: false, filters: new FilterConfiguration().values };
    const order = { generation: 1, startMs: 0, endMs: 0, crossfadeMs: 0, normalize: false, next: false };
    player.deck(null, settings).play(order);
    const ids = { guildId: String(index), userId: String(1_000 + index), sessionId: `session ${index}` };
    const { endpoint } = server;
    player.join({ ...ids, endpoint, token: "token", channelId: testCall.channelId });
  }
  const heard = () =>
    server.sessions.map(
      (session) => session.packets.filter(({ encrypted, opus }) => encrypted && opus).length,
    );
  const done = () => heard().filter((count) => count >= packets).length;
  try {
    await expect.poll(done, { timeout: timeoutMs, interval: 500 }).toBe(calls);
    const [load] = engine.loads;
    if (!load) throw new Error("the thread has told nothing");
    const unread = server.sessions.flatMap(({ packets: all }) =>
      all.filter(({ opus }) => opus === null),
    ).length;
    return { heard: heard(), unread, lost, load };
  } finally {
    await engine.close();
  }
}

/** The lateness of the frame clock that a share of its ticks keeps below, in ms. */
export function latenessQuantile({ lateness }: WorkerLoad, share: number): number {
  const total = lateness.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  for (const [ms, count] of lateness.entries()) {
    sum += count;
    if (sum >= share * total) return ms;
  }
  return lateness.length;
}
