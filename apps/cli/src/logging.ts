import { destination, type Logger, pino } from "pino";

/** Log levels, from most to least verbose. */
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;

/** Creates a logger that writes JSON lines, or coloured text to a terminal. */
export async function createLogger(
  service: string,
  level: (typeof logLevels)[number],
  isTerminal: boolean,
): Promise<Logger> {
  const options = { level, base: { pid: process.pid, service } };
  if (!isTerminal) return pino(options, destination({ sync: true }));
  const { default: pretty } = await import("pino-pretty");
  return pino(options, pretty({ sync: true, ignore: "pid,hostname,service", translateTime: "HH:MM:ss" }));
}
