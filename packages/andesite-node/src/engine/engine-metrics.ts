import type { MetricSource } from "../api/metrics.ts";
import type { Engine } from "./engine.ts";

/** Upper bounds of the lateness buckets, in ms. */
const bounds = [1, 5, 10, 20, 50, 100];

/** Returns the Prometheus metrics of the audio. */
export function engineMetrics(engine: Engine, streams: { readonly subscriberCount: number }): MetricSource[] {
  const sum = (read: (load: Engine["loads"][number]) => number): number =>
    engine.loads.reduce((total, load) => total + read(load), 0);
  return [
    { name: "andesite_audio_threads", help: "Worker threads that run audio", read: () => engine.threads },
    {
      name: "andesite_audio_threads_busy",
      help: "Share of the last second that the worker threads were busy, summed over the threads",
      read: () => sum(({ busy }) => busy),
    },
    { name: "andesite_listeners", help: "Listeners over HTTP", read: () => streams.subscriberCount },
    {
      name: "andesite_active_players",
      help: "Players with a listener, a voice connection that can send, or radio",
      read: () => sum(({ active }) => active),
    },
    {
      name: "andesite_voice_connections",
      help: "Voice connections that can send",
      read: () => sum((load) => load.voices),
    },
    {
      name: "andesite_voice_end_to_end",
      help: "Voice connections that can send and are end-to-end encrypted",
      read: () => sum((load) => load.endToEnd),
    },
    {
      name: "andesite_voice_packets",
      help: "Packets of voice connections since the threads started, by outcome",
      labelNames: ["outcome"],
      read: () =>
        (["sent", "failed", "heldBack"] as const).map((outcome) => ({
          labels: { outcome },
          value: sum(({ packets }) => packets[outcome]),
        })),
    },
    {
      name: "andesite_frame_ticks",
      help: "Ticks of 20 ms since the threads started, by upper bound of their lateness in ms",
      labelNames: ["le"],
      read: () =>
        [...bounds, Number.POSITIVE_INFINITY].map((bound) => ({
          labels: { le: bound === Number.POSITIVE_INFINITY ? "+Inf" : String(bound) },
          value: sum(({ lateness }) => countBelow(lateness, bound)),
        })),
    },
    {
      name: "andesite_frame_ticks_skipped",
      help: "Ticks skipped since the threads started because a thread was blocked",
      read: () => sum(({ skipped }) => skipped),
    },
  ];
}

function countBelow(lateness: Uint32Array, bound: number): number {
  let count = 0;
  for (const [ms, ticks] of lateness.entries()) if (ms < bound) count += ticks;
  return count;
}
