import { type Command, InvalidArgumentError, Option } from "commander";
import { ConfigError, readConfigFile } from "./config-file.ts";

/**
 * One setting that can be given as a flag, as an environment variable, or in the configuration file; the
 * first that is there counts.
 */
export interface Setting<Value> {
  /** As commander writes it, for example `--port <number>`. */
  readonly flag: string;
  readonly help: string;
  readonly env: string;
  /** Key in the configuration file. */
  readonly key: string;
  readonly fallback?: Value;
  /** What `--help` says about the fallback where its value does not speak for itself. */
  readonly fallbackText?: string;
  /** Reads a text; throws InvalidArgumentError saying what is allowed. */
  readonly parse: (text: string) => Value;
}

type Settings = { readonly [name: string]: Setting<unknown> };

/** The values of a table of settings; those without a fallback may be absent. */
export type SettingValues<Table extends Settings> = {
  readonly [Name in keyof Table]: Table[Name] extends Setting<infer Value>
    ? Table[Name] extends { readonly fallback: unknown }
      ? Value
      : Value | undefined
    : never;
};

/** A text that is not empty. */
export const text = (given: string): string => {
  if (given === "") throw new InvalidArgumentError("It must not be empty.");
  return given;
};

/** A TCP port. */
export const port = (given: string): number => {
  const value = Number(given);
  if (!/^\d+$/.test(given) || value > 65_535) {
    throw new InvalidArgumentError("It must be an integer from 0 to 65535; 0 picks a free port.");
  }
  return value;
};

/** A yes or no that a flag gives by being there. */
export const yes = (given: string): boolean => {
  if (["true", "1", "yes"].includes(given)) return true;
  if (["false", "0", "no"].includes(given)) return false;
  throw new InvalidArgumentError("It must be true or false.");
};

/** One of several words. */
export const oneOf =
  <const Word extends string>(...words: readonly Word[]) =>
  (given: string): Word => {
    const found = words.find((word) => word === given);
    if (found === undefined) throw new InvalidArgumentError(`It must be one of: ${words.join(", ")}.`);
    return found;
  };

/** Declares the flags and environment variables of a table, and `--config`. */
export function declare(command: Command, settings: Settings): Command {
  for (const [name, setting] of Object.entries(settings)) {
    const option = new Option(setting.flag, setting.help).env(setting.env).argParser(setting.parse);
    if (option.attributeName() !== name) throw new Error(`${setting.flag} is not the flag of ${name}`);
    // A flag whose value may be left out means yes; its environment variable can still say no.
    if (option.optional) option.preset("true");
    if (setting.fallback !== undefined) option.default(setting.fallback, setting.fallbackText);
    command.addOption(option);
  }
  const config = new Option("--config <file>", "JSON file with any of these settings").env("ASTERITE_CONFIG");
  return command.addOption(config);
}

/**
 * Gathers the values: flags, then environment, then file, then fallbacks.
 *
 * @throws ConfigError naming the file and the key.
 */
export function gather<Table extends Settings>(command: Command, settings: Table): SettingValues<Table> {
  const values: Record<string, unknown> = command.opts();
  const configFile = values["config"];
  const content = typeof configFile === "string" ? readConfigFile(configFile) : {};
  for (const [name, setting] of Object.entries(settings)) {
    const source = command.getOptionValueSource(name);
    const given = content[setting.key];
    if (source === "cli" || source === "env" || given === undefined || given === null) continue;
    if (typeof given === "object")
      throw new ConfigError(`${configFile}: ${setting.key} must be a plain value`);
    try {
      values[name] = setting.parse(String(given));
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new ConfigError(`${configFile}: ${setting.key} is ${JSON.stringify(given)}. ${error.message}`, {
        cause: error,
      });
    }
  }
  // Each value came from the parser of its own setting.
  return values as SettingValues<Table>;
}
