import { destination, type Logger, pino } from "pino";

/** Log levels, from most to least verbose. */
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;

/** Unwritten output that is kept while it cannot be written; later lines are dropped. */
const maxKeptCharacters = 256 * 1024;

/**
 * Creates a writer of lines to standard output. Lines that cannot be written, for example on a full disk, are
 * kept up to a limit and written later; those above it are lost.
 *
 * @param onLost - Called with the number of lost lines once lines can be written again.
 */
export function createLineOutput(onLost: (lines: number) => void): ReturnType<typeof destination> {
  const output = destination({ sync: true, maxLength: maxKeptCharacters });
  let lost = 0;
  // Without a listener, a full disk would end the process.
  output.on("error", () => {});
  const reportLost = (): void => {
    if (lost === 0) return;
    const lines = lost;
    lost = 0;
    setImmediate(onLost, lines);
  };
  output.on("drop", () => {
    lost++;
    // A full buffer is not written again by itself, so that every further line would be dropped for good. An
    // empty line above the limit tries again.
    Object.assign(output, { maxLength: 0 });
    output.write("");
    Object.assign(output, { maxLength: maxKeptCharacters });
  });
  output.on("write", reportLost);
  return output;
}

/** Creates a logger that writes JSON lines, or coloured text to a terminal. */
export async function createLogger(
  service: string,
  level: (typeof logLevels)[number],
  isTerminal: boolean,
): Promise<Logger> {
  const options = { level, base: { pid: process.pid, service } };
  if (!isTerminal) {
    const logger: Logger = pino(
      options,
      createLineOutput((lines) => logger.warn({ lines }, "log lines lost")),
    );
    return logger;
  }
  const { default: pretty } = await import("pino-pretty");
  return pino(options, pretty({ sync: true, ignore: "pid,hostname,service", translateTime: "HH:MM:ss" }));
}
