import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { ThreadCounter } from "./thread-counter.ts";

const start = async (): Promise<Worker> => {
  const worker = new Worker("setInterval(() => {}, 1_000)", { eval: true });
  await once(worker, "online");
  return worker;
};

it("counts running threads, their peak and all started threads", async () => {
  const counter = new ThreadCounter();
  expect(counter.counts).toEqual({ running: 1, peak: 1, totalStarted: 1 });
  await Promise.all([await start(), await start()].map((worker) => worker.terminate()));
  const last = await start();
  expect(counter.counts).toEqual({ running: 2, peak: 3, totalStarted: 4 });
  await last.terminate();
  counter.close();
  await (await start()).terminate();
  expect(counter.counts).toEqual({ running: 1, peak: 3, totalStarted: 4 });
});
