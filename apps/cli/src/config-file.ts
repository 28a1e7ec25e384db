import { readFileSync } from "node:fs";

/** A configuration file that cannot be used; the message names the file and the key. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Reads a JSON object. Keys that nobody asks for are ignored, as the reference server does. */
export function readConfigFile(file: string): Readonly<Record<string, unknown>> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`The configuration file ${file} cannot be read: ${reason}`, { cause: error });
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new ConfigError(`The configuration file ${file} must hold a JSON object`);
  }
  return { ...content };
}
