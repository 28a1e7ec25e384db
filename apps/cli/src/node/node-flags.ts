import {
  findOption,
  isSecret,
  keyPrefix,
  NodeError,
  readOptionKeys,
} from "@asterite/andesite-node/configuration";
import { type Command, InvalidArgumentError, Option } from "commander";
import { logLevels } from "../logging.ts";

/** Flag for one key of the configuration. */
interface NodeFlag {
  /** Flag in the syntax of commander, for example `--port <number>`. */
  readonly flag: string;
  readonly help: string;
  /** Environment variable of the flag, in addition to that of the key. */
  readonly env: string;
  /** Key without the prefix. */
  readonly key: string;
  /** Whether it can be repeated. */
  readonly isList?: boolean;
}

/** Common settings with a flag and a variable. All others are set with `--set`. */
export const nodeFlags: readonly NodeFlag[] = [
  {
    flag: "--host <address>",
    help: "address to listen on (default: loopback without a password, else all IPv4 addresses)",
    env: "ASTERITE_NODE_HOST",
    key: "transport.http.bind-address",
  },
  {
    flag: "--port <number>",
    help: "port for HTTP and WebSocket; 0 picks a free one (default: 5000)",
    env: "ASTERITE_NODE_PORT",
    key: "transport.http.port",
  },
  {
    flag: "--password <text>",
    help: "password required from clients; other users of this machine can see flags, but not variables",
    env: "ASTERITE_NODE_PASSWORD",
    key: "password",
  },
  {
    flag: "--open [bool]",
    help: "allow access from other machines without a password",
    env: "ASTERITE_NODE_OPEN",
    key: "open",
  },
  {
    flag: "--music <dir>",
    help: "music folder that clients can search and play; can be repeated, comma-separated in the variable",
    env: "ASTERITE_NODE_MUSIC",
    key: "local.folders",
    isList: true,
  },
  {
    flag: "--allow-private-addresses [bool]",
    help: "let clients play from URLs on this machine and in private networks",
    env: "ASTERITE_NODE_ALLOW_PRIVATE_ADDRESSES",
    key: "network.allow-private-addresses",
  },
  {
    flag: "--yt-dlp <path>",
    help: "path of yt-dlp, for web searches and pages, or none (default: auto, the one in PATH)",
    env: "ASTERITE_NODE_YT_DLP",
    key: "yt-dlp.path",
  },
  {
    flag: "--keep-players <file>",
    help: "keep the players of Lavalink 4 clients that resume in this file, so that they survive a restart",
    env: "ASTERITE_NODE_KEEP_PLAYERS",
    key: "players.keep-file",
  },
  {
    flag: "--region <name>",
    help: "region reported to clients (default: unknown)",
    env: "ASTERITE_NODE_REGION",
    key: "node.region",
  },
  {
    flag: "--id <name>",
    help: "node name reported to clients (default: unknown)",
    env: "ASTERITE_NODE_ID",
    key: "node.id",
  },
  {
    flag: "--nats <addresses>",
    help: "NATS servers for discovery by bots, e.g. nats://host:4222, comma-separated; requires a password",
    env: "ASTERITE_NODE_NATS",
    key: "announce.nats",
  },
  {
    flag: "--advertise <address>",
    help: "address announced to bots, host:port or https://host/path (default: first address of this machine)",
    env: "ASTERITE_NODE_ADVERTISE",
    key: "announce.address",
  },
];

/** Configuration key of the log level, as in the original node. */
export const logLevelKey = `${keyPrefix}log-level`;

/** Parses a log level, in our spelling or that of the original node. */
export function parseLogLevel(given: string): (typeof logLevels)[number] {
  const lower = given.toLowerCase();
  const alias = { trace: "debug", off: "silent", warning: "warn" }[lower] ?? lower;
  const found = logLevels.find((level) => level === alias);
  if (found === undefined) throw new InvalidArgumentError(`Must be one of: ${logLevels.join(", ")}.`);
  return found;
}

/** Validates the value of a flag early, so that commander reports it together with the flag. */
const validateKey = (key: string, text: string): string => {
  const option = findOption(keyPrefix + key);
  if (option && isSecret(option)) return text;
  try {
    readOptionKeys({ [keyPrefix + key]: text });
    return text;
  } catch (error) {
    if (error instanceof NodeError) throw new InvalidArgumentError(`${error.message}.`);
    throw error;
  }
};

/** Collects the `KEY=VALUE` pairs of `--set`. */
function parseSetting(given: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const equals = given.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("Must have the form andesite.some.key=value.");
  return { ...before, [given.slice(0, equals)]: given.slice(equals + 1) };
}

/** Adds the flags of the node to a command. */
export function registerNodeFlags(command: Command): Command {
  for (const { flag, help, env, key, isList } of nodeFlags) {
    const option = new Option(flag, help).env(env);
    // A flag without a value means true; its environment variable can still be false.
    if (option.optional) option.preset("true");
    option.argParser((text: string, before: unknown) => {
      const value = validateKey(key, text);
      return isList && Array.isArray(before) ? [...before, value] : isList ? [value] : value;
    });
    command.addOption(option);
  }
  return command
    .addOption(
      new Option("--set <key=value>", "set any configuration key; can be repeated").argParser(parseSetting),
    )
    .addOption(
      new Option("--log-level <level>", `minimum log level: ${logLevels.join(", ")} (default: info)`)
        .env("ASTERITE_NODE_LOG_LEVEL")
        .argParser(parseLogLevel),
    )
    .addOption(
      new Option("--config <file>", "JSON file with configuration keys, nested or dotted").env(
        "ASTERITE_NODE_CONFIG",
      ),
    )
    .addOption(
      new Option(
        "--lavalink-config <file>",
        "application.yml of Lavalink, whose settings are translated",
      ).env("ASTERITE_NODE_LAVALINK_CONFIG"),
    );
}
