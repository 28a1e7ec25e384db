// Entry point of a worker thread.

import { parentPort, workerData } from "node:worker_threads";
import { loadOpus } from "@asterite/audio/media";
import type { Command, Report } from "./messages.ts";
import { PlayerHost } from "./player-host.ts";
import type { WorkerSettings } from "./worker-settings.ts";

const port = parentPort;
if (!port) throw new Error("this file must run in a worker thread");
const host = new PlayerHost(
  workerData as WorkerSettings,
  await loadOpus(),
  (report: Report, transfer: ArrayBuffer[] = []) => port.postMessage(report, transfer),
);
port.on("message", (command: Command) => host.execute(command));
