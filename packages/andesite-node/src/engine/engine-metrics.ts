import type { MetricSource } from "../api/metrics.ts";
import type { Engine } from "./engine.ts";

/** Bounds of lateness, in ms, that are told. */
const bounds = [1, 5, 10, 20, 50, 100];

/** Numbers about the audio for Prometheus. */
export function engineMetrics(engine: Engine, listening: { readonly listeners: number }): MetricSource[] {
  const sum = (read: (load: Engine["loads"][number]) => number): number =>
    engine.loads.reduce((total, load) => total + read(load), 0);
  return [
    { name: "andesite_audio_threads", help: "Threads that carry audio", read: () => engine.threads },
    {
      name: "andesite_audio_threads_busy",
      help: "Share of the last second that threads with audio were busy, all together",
      read: () => sum(({ busy }) => busy),
    },
    { name: "andesite_listeners", help: "Who listens over HTTP", read: () => listening.listeners },
    {
      name: "andesite_driven_players",
      help: "Players whose frames somebody asks for",
      read: () => sum(({ driven }) => driven),
    },
    {
      name: "andesite_voice_connections",
      help: "Discord calls that are joined",
      read: () => sum((load) => load.voices),
    },
    {
      name: "andesite_voice_end_to_end",
      help: "Discord calls that are joined and end-to-end encrypted",
      read: () => sum((load) => load.endToEnd),
    },
    {
      name: "andesite_voice_packets",
      help: "Packets of Discord calls since the threads started, by what became of them",
      labelNames: ["outcome"],
      read: () =>
        (["sent", "failed", "heldBack"] as const).map((outcome) => ({
          labels: { outcome },
          value: sum(({ packets }) => packets[outcome]),
        })),
    },
    {
      name: "andesite_frame_ticks",
      help: "Ticks of 20 ms since the threads started that were late by at most so many ms",
      labelNames: ["le"],
      read: () =>
        [...bounds, Number.POSITIVE_INFINITY].map((bound) => ({
          labels: { le: bound === Number.POSITIVE_INFINITY ? "+Inf" : String(bound) },
          value: sum(({ lateness }) => countBelow(lateness, bound)),
        })),
    },
    {
      name: "andesite_frame_ticks_skipped",
      help: "Ticks since the threads started that were left out because a thread stood still",
      read: () => sum(({ skipped }) => skipped),
    },
  ];
}

function countBelow(lateness: Uint32Array, bound: number): number {
  let count = 0;
  for (const [ms, ticks] of lateness.entries()) if (ms < bound) count += ticks;
  return count;
}
