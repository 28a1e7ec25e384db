type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** Where the bot writes what happens, never with a password in it. A pino logger fits as it is. */
export interface Logger {
  /** Single commands and answers. */
  readonly debug: Write;
  /** What an operator wants to see in normal operation. */
  readonly info: Write;
  /** What deserves a look. */
  readonly warn: Write;
  /** What failed. */
  readonly error: Write;
}

const ignore: Write = () => {};

/** A logger that drops everything. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
