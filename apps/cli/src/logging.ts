import { destination, type Logger, pino } from "pino";

/** How much is logged. */
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;

/** JSON lines for machines, coloured lines for a person at a terminal. */
export async function createLogger(
  service: string,
  level: (typeof logLevels)[number],
  forPerson: boolean,
): Promise<Logger> {
  const options = { level, base: { pid: process.pid, service } };
  if (!forPerson) return pino(options, destination({ sync: true }));
  const { default: pretty } = await import("pino-pretty");
  return pino(options, pretty({ sync: true, ignore: "pid,hostname,service", translateTime: "HH:MM:ss" }));
}
