// A thread with a clock that has nothing to do: what the machine itself is late by.

import { parentPort } from "node:worker_threads";
import { FrameClock } from "../../packages/andesite-node/src/engine/frame-clock.ts";

const clock = new FrameClock(() => {});
clock.start();
parentPort?.once("message", () => {
  clock.stop();
  parentPort?.postMessage(clock.counts.lateness);
});
