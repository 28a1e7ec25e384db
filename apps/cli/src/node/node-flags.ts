import {
  findOption,
  isSecret,
  keyPrefix,
  NodeError,
  readOptionKeys,
} from "@asterite/andesite-node/configuration";
import { type Command, InvalidArgumentError, Option } from "commander";
import { logLevels } from "../logging.ts";

/** A flag that stands for one key of the configuration. */
interface NodeFlag {
  /** As commander writes it, for example `--port <number>`. */
  readonly flag: string;
  readonly help: string;
  /** Environment variable of the flag; the key has one of its own beside it. */
  readonly env: string;
  /** Without the prefix. */
  readonly key: string;
  /** Whether it may be given several times. */
  readonly isList?: boolean;
}

/** The common settings, each a flag and a variable; all others go through `--set`. */
export const nodeFlags: readonly NodeFlag[] = [
  {
    flag: "--host <address>",
    help: "address to listen on (default: this machine alone without a password, else every IPv4 address)",
    env: "ASTERITE_NODE_HOST",
    key: "transport.http.bind-address",
  },
  {
    flag: "--port <number>",
    help: "port of HTTP and WebSockets; 0 picks a free one (default: 5000)",
    env: "ASTERITE_NODE_PORT",
    key: "transport.http.port",
  },
  {
    flag: "--password <text>",
    help: "what clients must know; other users of this machine can see flags, but not variables",
    env: "ASTERITE_NODE_PASSWORD",
    key: "password",
  },
  {
    flag: "--open [bool]",
    help: "without a password, be reachable from other machines all the same",
    env: "ASTERITE_NODE_OPEN",
    key: "open",
  },
  {
    flag: "--music <dir>",
    help: "folder with music that clients may search and play; may be repeated, variable separated by commas",
    env: "ASTERITE_NODE_MUSIC",
    key: "local.folders",
    isList: true,
  },
  {
    flag: "--allow-private-addresses [bool]",
    help: "play from this machine and its own network too, where clients say so",
    env: "ASTERITE_NODE_ALLOW_PRIVATE_ADDRESSES",
    key: "network.allow-private-addresses",
  },
  {
    flag: "--yt-dlp <path>",
    help: "the program yt-dlp, for searches and pages of the web",
    env: "ASTERITE_NODE_YT_DLP",
    key: "yt-dlp.path",
  },
  {
    flag: "--region <name>",
    help: "region told to clients (default: unknown)",
    env: "ASTERITE_NODE_REGION",
    key: "node.region",
  },
  {
    flag: "--id <name>",
    help: "name of this node told to clients (default: unknown)",
    env: "ASTERITE_NODE_ID",
    key: "node.id",
  },
  {
    flag: "--nats <addresses>",
    help: "NATS over which bots find this node, such as nats://host:4222; several with commas; needs a password",
    env: "ASTERITE_NODE_NATS",
    key: "announce.nats",
  },
  {
    flag: "--advertise <address>",
    help: "where bots reach this node, host:port or https://host/path (default: the machine's first address)",
    env: "ASTERITE_NODE_ADVERTISE",
    key: "announce.address",
  },
];

/** The key under which the original node is told how much to log. */
export const logLevelKey = `${keyPrefix}log-level`;

/** A level of ours, or one as the original node spells it. */
export function readLogLevel(given: string): (typeof logLevels)[number] {
  const lower = given.toLowerCase();
  const alias = { trace: "debug", off: "silent", warning: "warn" }[lower] ?? lower;
  const found = logLevels.find((level) => level === alias);
  if (found === undefined) throw new InvalidArgumentError(`It must be one of: ${logLevels.join(", ")}.`);
  return found;
}

/** Refuses what the key of a flag would refuse later, in the words of commander, which repeats what was given. */
const checked = (key: string, text: string): string => {
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

/** `KEY=VALUE` pairs of `--set`, collected. */
function readSetting(given: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const equals = given.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("It must have the form andesite.some.key=value.");
  return { ...before, [given.slice(0, equals)]: given.slice(equals + 1) };
}

/** Declares the flags of the node. */
export function declareNodeFlags(command: Command): Command {
  for (const { flag, help, env, key, isList } of nodeFlags) {
    const option = new Option(flag, help).env(env);
    // A flag whose value may be left out means yes; its environment variable can still say no.
    if (option.optional) option.preset("true");
    option.argParser((text: string, before: unknown) => {
      const value = checked(key, text);
      return isList && Array.isArray(before) ? [...before, value] : isList ? [value] : value;
    });
    command.addOption(option);
  }
  return command
    .addOption(
      new Option("--set <key=value>", "any setting by its key; may be repeated").argParser(readSetting),
    )
    .addOption(
      new Option("--log-level <level>", `how much to log: ${logLevels.join(", ")} (default: info)`)
        .env("ASTERITE_NODE_LOG_LEVEL")
        .argParser(readLogLevel),
    )
    .addOption(
      new Option("--config <file>", "JSON file with any settings, nested or with dotted keys").env(
        "ASTERITE_NODE_CONFIG",
      ),
    );
}
