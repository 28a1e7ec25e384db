// Runs in a thread of its own: the audio of some of the players.

import { parentPort, workerData } from "node:worker_threads";
import { loadOpus } from "@asterite/audio/media";
import { AudioRoom } from "./player-host.ts";
import type { Command, Report } from "./messages.ts";
import type { WorkerSettings } from "./worker-settings.ts";

const port = parentPort;
if (!port) throw new Error("this file is to be run as a thread");
const room = new AudioRoom(
  workerData as WorkerSettings,
  await loadOpus(),
  (report: Report, transfer: ArrayBuffer[] = []) => port.postMessage(report, transfer),
);
port.on("message", (command: Command) => room.command(command));
