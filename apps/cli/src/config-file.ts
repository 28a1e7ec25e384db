import { readFileSync } from "node:fs";

/** Invalid configuration. The message names the file or flag and the key. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Reads a JSON object. */
export function readConfigFile(file: string): Readonly<Record<string, unknown>> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`cannot read configuration file ${file}: ${reason}`, { cause: error });
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new ConfigError(`configuration file ${file} must contain a JSON object`);
  }
  return { ...content };
}
