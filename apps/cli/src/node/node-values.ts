import {
  type AndesiteNodeOptions,
  environmentVariable,
  findOption,
  isIgnoredKey,
  keyPrefix,
  NodeError,
  optionKeys,
  readOptionKeys,
} from "@asterite/andesite-node/configuration";
import { type Command, InvalidArgumentError } from "commander";
import { ConfigError, readConfigFile } from "../config-file.ts";
import type { logLevels } from "../logging.ts";
import { declareNodeFlags, logLevelKey, nodeFlags, readLogLevel } from "./node-flags.ts";

/** What `asterite node` was told. */
export interface NodeValues {
  readonly options: AndesiteNodeOptions;
  readonly logLevel: (typeof logLevels)[number];
  /** Keys that mean nothing here. */
  readonly ignored: readonly string[];
}

type Values = Record<string, unknown>;

const folders = `${keyPrefix}local.folders`;
const localSource = `${keyPrefix}source.local`;
const variablePrefix = environmentVariable(keyPrefix);

/**
 * Gathers the values by key: flags, then environment, then file.
 *
 * @throws ConfigError naming the key, the variable or the file.
 */
export function gatherNodeValues(command: Command, environment: NodeJS.ProcessEnv = process.env): NodeValues {
  const { config, set = {} } = command.opts<{ config?: string; set?: Record<string, string> }>();
  const file = config === undefined ? {} : flatten(readConfigFile(config));
  const variables = fromVariables(environment);
  const flags = { ...fromFlags(command, "env"), ...fromFlags(command, "cli") };
  refuseUnknown(set, flags);
  const values: Values = { ...file, ...variables.known, ...flags, ...set };
  const { [logLevelKey]: level, ...rest } = values;
  try {
    const { options, ignored } = readOptionKeys(rest);
    return { options, logLevel: logLevelOf(command, level), ignored: [...ignored, ...variables.unknown] };
  } catch (error) {
    if (error instanceof NodeError) throw new ConfigError(error.message, { cause: error });
    throw error;
  }
}

/** Nested objects become dotted keys. */
function flatten(content: Readonly<Record<string, unknown>>, prefix = ""): Values {
  const values: Values = {};
  for (const [key, value] of Object.entries(content)) {
    const isNested = typeof value === "object" && value !== null && !Array.isArray(value);
    if (isNested) Object.assign(values, flatten(value as Values, `${prefix}${key}.`));
    else values[prefix + key] = value;
  }
  return values;
}

/** The keys that variables stand for, and variables that stand for none. */
function fromVariables(environment: NodeJS.ProcessEnv): { known: Values; unknown: string[] } {
  const byVariable = new Map(
    [...optionKeys.map(({ key }) => key), logLevelKey].map((key) => [environmentVariable(key), key]),
  );
  const known: Values = {};
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(variablePrefix) || value === undefined) continue;
    const key = byVariable.get(name);
    if (key === undefined) unknown.push(name);
    else known[key] = value;
  }
  return { known, unknown };
}

function fromFlags(command: Command, source: "cli" | "env"): Values {
  const values: Values = {};
  const declared = new Map(command.options.map((option) => [option.flags, option.attributeName()]));
  for (const { flag, key, isList } of nodeFlags) {
    const name = declared.get(flag) ?? "";
    if (command.getOptionValueSource(name) !== source) continue;
    const value: unknown = command.getOptionValue(name);
    values[keyPrefix + key] = isList && source === "env" ? String(value) : value;
  }
  // Whoever names a folder wants to hear what is in it.
  if (values[folders] !== undefined) values[localSource] = true;
  return values;
}

/** A mistake in a flag is told at once, unlike a key in a file that may be meant for another program. */
function refuseUnknown(set: Readonly<Record<string, string>>, flags: Values): void {
  for (const key of Object.keys(set)) {
    if (key !== logLevelKey && !findOption(key) && !isIgnoredKey(key)) {
      throw new ConfigError(`--set ${key} does not exist; asterite node --help lists all keys`);
    }
    if (key in flags && key !== localSource) {
      throw new ConfigError(
        `--set ${key} and the flag or variable of the same meaning contradict each other`,
      );
    }
  }
}

function logLevelOf(command: Command, level: unknown): NodeValues["logLevel"] {
  const given: NodeValues["logLevel"] | undefined = command.opts()["logLevel"];
  if (given !== undefined) return given;
  try {
    return level === undefined || level === null ? "info" : readLogLevel(String(level));
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new ConfigError(`${logLevelKey} is ${JSON.stringify(level)}. ${error.message}`, { cause: error });
  }
}

const column = 52;

/** Every key with what it means and what is used without it, for `--help`. */
function keyHelp(): string {
  const lines = optionKeys.map(({ key, help, fallback }) => {
    const shown = fallback === null || (Array.isArray(fallback) && fallback.length === 0) ? "none" : fallback;
    return `  ${key.padEnd(column)} ${help} (${String(shown)})`;
  });
  lines.push(`  ${logLevelKey.padEnd(column)} how much to log (info)`);
  return lines.join("\n");
}

/** Declares everything that the node can be told. */
export function declareNode(command: Command): Command {
  return declareNodeFlags(command).addHelpText(
    "after",
    `
A flag wins over its environment variable, that over the configuration file, that over the default.

Keys for --set and for the configuration file, each with its default. The variable of a key is its name in
capitals: ANDESITE_TRANSPORT_HTTP_PORT. Lists are separated by commas, times are ms, sizes bytes.

${keyHelp()}`,
  );
}
