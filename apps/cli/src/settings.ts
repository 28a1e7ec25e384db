import { type Command, InvalidArgumentError, Option } from "commander";
import { ConfigError, readConfigFile } from "./config-file.ts";
import { isForeignKey } from "./config-keys.ts";

/**
 * Setting that can be given as a flag, an environment variable or a key of the configuration file, in this
 * order of precedence.
 */
export interface Setting<Value> {
  /** Flag in the syntax of commander, for example `--port <number>`. */
  readonly flag: string;
  readonly help: string;
  readonly env: string;
  /** Key in the configuration file. */
  readonly key: string;
  readonly fallback?: Value;
  /** Description of the fallback in `--help`, if its value is not self-explanatory. */
  readonly fallbackText?: string;
  /** Parses a text. Throws InvalidArgumentError with the allowed values. */
  readonly parse: (text: string) => Value;
  /** Returns whether a value contains a secret, which must not be given as a flag. */
  hasSecret?(value: Value): boolean;
}

type Settings = { readonly [name: string]: Setting<unknown> };

/** Values of a table of settings; those without a fallback may be absent. */
export type SettingValues<Table extends Settings> = {
  readonly [Name in keyof Table]: Table[Name] extends Setting<infer Value>
    ? Table[Name] extends { readonly fallback: unknown }
      ? Value
      : Value | undefined
    : never;
};

/** Parses a text that must not be empty. */
export const parseNonEmpty = (given: string): string => {
  if (given === "") throw new InvalidArgumentError("Must not be empty.");
  return given;
};

/** Parses a TCP port. */
export const parsePort = (given: string): number => {
  const value = Number(given);
  if (!/^\d+$/.test(given) || value > 65_535) {
    throw new InvalidArgumentError("Must be an integer from 0 to 65535; 0 picks a free port.");
  }
  return value;
};

/** Parses a boolean. */
export const parseBoolean = (given: string): boolean => {
  if (["true", "1", "yes"].includes(given)) return true;
  if (["false", "0", "no"].includes(given)) return false;
  throw new InvalidArgumentError("Must be true or false.");
};

/** Returns a parser for one of several words. */
export const parseOneOf =
  <const Word extends string>(...words: readonly Word[]) =>
  (given: string): Word => {
    const found = words.find((word) => word === given);
    if (found === undefined) throw new InvalidArgumentError(`Must be one of: ${words.join(", ")}.`);
    return found;
  };

/** Error for a secret in the command line, which other users of the machine can read in the process list. */
export const secretInFlag = (flag: string, variable: string): ConfigError =>
  new ConfigError(
    `${flag} must not contain credentials, which the process list shows: use ${variable} or ?credentials=FILE`,
  );

/** Adds the flags and environment variables of a table, and `--config`, to a command. */
export function registerOptions(command: Command, settings: Settings): Command {
  for (const [name, setting] of Object.entries(settings)) {
    const option = new Option(setting.flag, setting.help).env(setting.env).argParser(setting.parse);
    if (option.attributeName() !== name) throw new Error(`${setting.flag} is not the flag of ${name}`);
    // A flag without a value means true; its environment variable can still be false.
    if (option.optional) option.preset("true");
    if (setting.fallback !== undefined) option.default(setting.fallback, setting.fallbackText);
    command.addOption(option);
  }
  const config = new Option("--config <file>", "JSON file with any of these settings").env("ASTERITE_CONFIG");
  return command.addOption(config);
}

/** Returns the JSON type of a value: a setting that is off is `Infinity`, for which JSON has no number. */
const jsonTypeOf = (value: unknown): "boolean" | "number" | "string" => {
  if (typeof value === "boolean") return "boolean";
  return typeof value === "number" && Number.isFinite(value) ? "number" : "string";
};

/**
 * Resolves the values from flags, environment, configuration file and fallbacks, in this order.
 *
 * @throws ConfigError naming the file and the key.
 */
export function resolveOptions<Table extends Settings>(
  command: Command,
  settings: Table,
): SettingValues<Table> {
  const values: Record<string, unknown> = command.opts();
  const configFile = values["config"];
  const content = typeof configFile === "string" ? readConfigFile(configFile) : {};
  const keys = new Set(Object.values(settings).map(({ key }) => key));
  const unknown = Object.keys(content).find((key) => !(keys.has(key) || isForeignKey(key)));
  if (unknown !== undefined) {
    throw new ConfigError(`${configFile}: unknown key ${unknown}; known: ${[...keys].join(", ")}`);
  }
  for (const [name, setting] of Object.entries(settings)) {
    const source = command.getOptionValueSource(name);
    const given = content[setting.key];
    if (source === "cli" && setting.hasSecret?.(values[name])) throw secretInFlag(setting.flag, setting.env);
    if (source === "cli" || source === "env" || given === undefined || given === null) continue;
    const where = `${configFile}: ${setting.key}`;
    if (typeof given === "object") throw new ConfigError(`${where} must not be an object or array`);
    try {
      const parsed = setting.parse(String(given));
      const type = jsonTypeOf(parsed);
      if (typeof given !== type) {
        throw new ConfigError(`${where} is ${JSON.stringify(given)}. Must be a JSON ${type}.`);
      }
      values[name] = parsed;
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new ConfigError(`${where} is ${JSON.stringify(given)}. ${error.message}`, { cause: error });
    }
  }
  // Each value comes from the parser of its setting.
  return values as SettingValues<Table>;
}
