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
import { hasNatsCredentials } from "@asterite/nats";
import { type Command, InvalidArgumentError } from "commander";
import { ConfigError, readConfigFile } from "../config-file.ts";
import type { logLevels } from "../logging.ts";
import { secretInFlag } from "../settings.ts";
import type { LavalinkConfig } from "./lavalink-config.ts";
import { logLevelKey, nodeFlags, parseLogLevel, registerNodeFlags } from "./node-flags.ts";

/** Resolved settings of `asterite node`. */
export interface NodeValues {
  readonly options: AndesiteNodeOptions;
  readonly logLevel: (typeof logLevels)[number];
  /** Unknown keys, which are ignored. */
  readonly ignored: readonly string[];
}

type Values = Record<string, unknown>;

const folders = `${keyPrefix}local.folders`;
const localSource = `${keyPrefix}source.local`;
const ytDlpKey = `${keyPrefix}yt-dlp.path`;
const natsKey = `${keyPrefix}announce.nats`;
const variablePrefix = environmentVariable(keyPrefix);

/** Reads the `application.yml` of `--lavalink-config`. Its parser is loaded on demand. */
async function readLavalinkFile(file: string | undefined): Promise<LavalinkConfig> {
  if (file === undefined) return { values: {}, ignored: [] };
  const { readLavalinkConfig } = await import("./lavalink-config.ts");
  return readLavalinkConfig(file);
}

/**
 * Resolves the values by key from flags, environment, configuration file and that of Lavalink, in this order.
 *
 * @throws ConfigError naming the key, the variable or the file.
 */
export async function resolveNodeOptions(
  command: Command,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<NodeValues> {
  const {
    config,
    lavalinkConfig,
    set = {},
  } = command.opts<{
    config?: string;
    lavalinkConfig?: string;
    set?: Record<string, string>;
  }>();
  const lavalink = await readLavalinkFile(lavalinkConfig);
  const file = config === undefined ? {} : flatten(readConfigFile(config));
  const variables = fromVariables(environment);
  const flags = { ...fromFlags(command, "env"), ...fromFlags(command, "cli") };
  rejectUnknownKeys(set, flags);
  for (const value of [fromFlags(command, "cli")[natsKey], set[natsKey]]) {
    if (typeof value === "string" && hasNatsCredentials(value))
      throw secretInFlag("--nats", "ASTERITE_NODE_NATS");
  }
  const values: Values = { ...lavalink.values, ...file, ...variables.known, ...flags, ...set };
  const { [logLevelKey]: level, ...rest } = values;
  try {
    const { options, ignored } = readOptionKeys({ ...rest, [ytDlpKey]: ytDlpOf(rest[ytDlpKey]) });
    return {
      options,
      logLevel: logLevelOf(command, level),
      ignored: [...lavalink.ignored, ...ignored, ...variables.unknown],
    };
  } catch (error) {
    if (error instanceof NodeError) throw new ConfigError(error.message, { cause: error });
    throw error;
  }
}

/** Returns the setting of yt-dlp: unless it is excluded, the one in `PATH` is used. */
const ytDlpOf = (given: unknown = "auto"): unknown => (given === "none" ? null : given);

/** Converts nested objects to dotted keys. */
function flatten(content: Readonly<Record<string, unknown>>, prefix = ""): Values {
  const values: Values = {};
  for (const [key, value] of Object.entries(content)) {
    const isNested = typeof value === "object" && value !== null && !Array.isArray(value);
    if (isNested) Object.assign(values, flatten(value as Values, `${prefix}${key}.`));
    else values[prefix + key] = value;
  }
  return values;
}

/** Returns the keys set by environment variables, and variables without a key. */
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
  const attributeNames = new Map(command.options.map((option) => [option.flags, option.attributeName()]));
  for (const { flag, key, isList } of nodeFlags) {
    const name = attributeNames.get(flag) ?? "";
    if (command.getOptionValueSource(name) !== source) continue;
    const value: unknown = command.getOptionValue(name);
    values[keyPrefix + key] = isList && source === "env" ? String(value) : value;
  }
  // A music folder implies that the local source is enabled.
  if (values[folders] !== undefined) values[localSource] = true;
  return values;
}

/**
 * Rejects unknown keys in `--set`. In a file they are only ignored, because it may be shared with another
 * program.
 */
function rejectUnknownKeys(set: Readonly<Record<string, string>>, flags: Values): void {
  for (const key of Object.keys(set)) {
    if (key !== logLevelKey && !findOption(key) && !isIgnoredKey(key)) {
      throw new ConfigError(`unknown key in --set: ${key}; see asterite node --help`);
    }
    if (key in flags && key !== localSource) {
      throw new ConfigError(`--set ${key} and its flag or variable are mutually exclusive`);
    }
  }
}

function logLevelOf(command: Command, level: unknown): NodeValues["logLevel"] {
  const given: NodeValues["logLevel"] | undefined = command.opts()["logLevel"];
  if (given !== undefined) return given;
  try {
    return level === undefined || level === null ? "info" : parseLogLevel(String(level));
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new ConfigError(`${logLevelKey} is ${JSON.stringify(level)}. ${error.message}`, { cause: error });
  }
}

const helpColumn = 52;

/** Formats all keys with descriptions and defaults for `--help`. */
function formatKeyHelp(): string {
  const lines = optionKeys.map(({ key, help, fallback }) => {
    const shown = fallback === null || (Array.isArray(fallback) && fallback.length === 0) ? "none" : fallback;
    return `  ${key.padEnd(helpColumn)} ${help} (${String(shown)})`;
  });
  lines.push(`  ${logLevelKey.padEnd(helpColumn)} minimum log level (info)`);
  return lines.join("\n");
}

/** Adds all settings of the node to a command. */
export function registerNodeOptions(command: Command): Command {
  return registerNodeFlags(command).addHelpText(
    "after",
    `
Precedence: flag, environment variable, configuration file, Lavalink's configuration, default.

Keys for --set and the configuration file, with defaults. The environment variable of a key is its upper-case name:
ANDESITE_TRANSPORT_HTTP_PORT. Lists are comma-separated, times are in ms, sizes in bytes.

${formatKeyHelp()}`,
  );
}
