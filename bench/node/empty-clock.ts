// Worker thread with an idle frame clock, which measures the lateness of the machine itself.

import { parentPort } from "node:worker_threads";
import { FrameClock } from "../../packages/andesite-node/src/engine/frame-clock.ts";

const clock = new FrameClock(() => {});
clock.start();
parentPort?.once("message", () => {
  clock.stop();
  parentPort?.postMessage(clock.counts.lateness);
});
