// Entry point of a worker thread.

import { parentPort, workerData } from "node:worker_threads";
import { loadOpus } from "@asterite/audio/media";
import { ReadAheadBudget } from "../bytes/read-ahead.ts";
import type { Command, Report } from "./messages.ts";
import { PlayerHost } from "./player-host.ts";
import type { WorkerData } from "./worker-settings.ts";

const port = parentPort;
if (!port) throw new Error("this file must run in a worker thread");
const { settings, memory, place } = workerData as WorkerData;
const host = new PlayerHost(
  settings,
  await loadOpus(),
  (report: Report, transfer: ArrayBuffer[] = []) => port.postMessage(report, transfer),
  new ReadAheadBudget(memory, place),
);
port.on("message", (command: Command) => host.execute(command));
