import { destination, type Logger, pino } from "pino";
import pretty from "pino-pretty";

/** How much is logged. */
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;

/** JSON lines for machines, coloured lines for a person at a terminal. */
export function createLogger(service: string, level: (typeof logLevels)[number], forPerson: boolean): Logger {
  const options = { level, base: { pid: process.pid, service } };
  return forPerson
    ? pino(options, pretty({ sync: true, ignore: "pid,hostname,service", translateTime: "HH:MM:ss" }))
    : pino(options, destination({ sync: true }));
}
