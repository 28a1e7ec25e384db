type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** Destination of log lines. A pino logger satisfies this interface. */
export interface Logger {
  /** Details of single operations, packets and connections. */
  readonly debug: Write;
  /** Events of normal operation that an operator wants to see. */
  readonly info: Write;
  /** Conditions that need attention but do not stop the operation. */
  readonly warn: Write;
  /** Failures. */
  readonly error: Write;
}

const ignore: Write = () => {};

/** A logger that discards every line. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
