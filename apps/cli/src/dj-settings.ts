import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Control,
  type Discovery,
  type DjNode,
  type DjOptions,
  defaultDjOptions,
  isControl,
} from "@asterite/dj/configuration";
import { hasNatsCredentials } from "@asterite/nats";
import { InvalidArgumentError } from "commander";
import { ConfigError } from "./config-file.ts";
import { logLevels } from "./logging.ts";
import { parseBoolean, parseNonEmpty, parseOneOf, type Setting, type SettingValues } from "./settings.ts";

/** Port of the chat server if only its host is given. */
const defaultServerPort = 2345;
const defaultNodeUrl = "http://localhost:5000";
const millisecondsPerSecond = 1_000;

const parseHostPort = (given: string): { readonly host: string; readonly port: number } => {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:\s]+))(?::(\d{1,5}))?$/.exec(given) ?? [];
  const host = bracketed ?? plain;
  const number = port === undefined ? defaultServerPort : Number(port);
  if (host === undefined || number < 1 || number > 65_535) {
    throw new InvalidArgumentError("Must be HOST or HOST:PORT, for example localhost:2345.");
  }
  return { host, port: number };
};

/** Parses URLs from a repeated flag or a comma-separated text. */
const parseUrls = (given: string, before?: unknown): readonly string[] => {
  const all = given.split(/[\s,]+/).filter(Boolean);
  for (const address of all) {
    const { protocol } = URL.parse(address) ?? {};
    if (protocol === "http:" || protocol === "https:") continue;
    throw new InvalidArgumentError("Must be a URL such as http://localhost:5000.");
  }
  return [...(Array.isArray(before) ? before : []), ...all];
};

const parseControl = (given: string): Control => {
  if (isControl(given)) return given;
  throw new InvalidArgumentError("Must be everyone, requester or group:NAME.");
};

const parsePrefix = (given: string): string => {
  if (/^\S{1,8}$/.test(given)) return given;
  throw new InvalidArgumentError("Must be 1 to 8 characters without white space.");
};

const parseFadeSeconds = (given: string): number => {
  const value = Number(given);
  if (given !== "" && value >= 0 && value <= 15) return value;
  throw new InvalidArgumentError("Must be a number of seconds from 0 to 15.");
};

const setting = <const Value extends Setting<unknown>>(value: Value): Value => value;

/** Settings of `asterite dj`. */
export const djSettings = {
  server: setting({
    flag: "--server <host:port>",
    help: "chat server to join",
    env: "ASTERITE_DJ_SERVER",
    key: "server",
    fallback: { host: "localhost", port: defaultServerPort },
    fallbackText: `localhost:${defaultServerPort}`,
    parse: parseHostPort,
  }),
  fingerprint: setting({
    flag: "--fingerprint <hex>",
    help: "SHA-256 fingerprint of the chat server's certificate, for a self-signed one on another machine",
    env: "ASTERITE_DJ_FINGERPRINT",
    key: "fingerprint",
    parse: parseNonEmpty,
  }),
  insecurePlaintext: setting({
    flag: "--insecure-plaintext [bool]",
    help: "connect without TLS: the password is sent in plain text",
    env: "ASTERITE_DJ_INSECURE_PLAINTEXT",
    key: "insecure_plaintext",
    fallback: false,
    parse: parseBoolean,
  }),
  user: setting({
    flag: "--user <name>",
    help: "account of the bot, created if missing",
    env: "ASTERITE_DJ_USER",
    key: "user",
    fallback: "dj",
    parse: parseNonEmpty,
  }),
  passwordFile: setting({
    flag: "--password-file <file>",
    help: "file with the account's password (default: environment variable ASTERITE_DJ_PASSWORD)",
    env: "ASTERITE_DJ_PASSWORD_FILE",
    key: "password_file",
    parse: parseNonEmpty,
  }),
  node: setting({
    flag: "--node <url>",
    help: `audio node; can be repeated (default: ${defaultNodeUrl}, or with --nats the discovered nodes)`,
    env: "ASTERITE_DJ_NODES",
    key: "nodes",
    parse: parseUrls,
  }),
  nodePasswordFile: setting({
    flag: "--node-password-file <file>",
    help: "file with the password of the nodes (default: ASTERITE_DJ_NODE_PASSWORD, else none)",
    env: "ASTERITE_DJ_NODE_PASSWORD_FILE",
    key: "node_password_file",
    parse: parseNonEmpty,
  }),
  nats: setting({
    flag: "--nats <addresses>",
    help: "NATS servers for discovering audio nodes, e.g. nats://host:4222, comma-separated; requires the node password",
    env: "ASTERITE_DJ_NATS",
    key: "nats",
    hasSecret: hasNatsCredentials,
    parse: parseNonEmpty,
  }),
  listenUrl: setting({
    flag: "--listen-url <url>",
    help: "URL at which listeners reach the node; one per --node, in the same order",
    env: "ASTERITE_DJ_LISTEN_URLS",
    key: "listen_urls",
    parse: parseUrls,
  }),
  data: setting({
    flag: "--data <dir>",
    help: "folder for queues and settings; each bot needs its own",
    env: "ASTERITE_DJ_DATA",
    key: "data",
    fallback: join("data", "dj"),
    parse: parseNonEmpty,
  }),
  musicPrefix: setting({
    flag: "--music-prefix <text>",
    help: "prefix of commands",
    env: "ASTERITE_DJ_PREFIX",
    key: "music_prefix",
    fallback: defaultDjOptions.prefix,
    parse: parsePrefix,
  }),
  control: setting({
    flag: "--control <who>",
    help: "who can control the music: everyone, requester (own tracks only) or group:NAME",
    env: "ASTERITE_DJ_CONTROL",
    key: "control",
    fallback: defaultDjOptions.control,
    parse: parseControl,
  }),
  ignoredGroup: setting({
    flag: "--ignored-group <name>",
    help: "group whose members are ignored, such as other bots",
    env: "ASTERITE_DJ_IGNORED_GROUP",
    key: "ignored_group",
    fallback: defaultDjOptions.ignoredGroup,
    parse: parseNonEmpty,
  }),
  announce: setting({
    flag: "--announce [bool]",
    help: "announce each track in the chat",
    env: "ASTERITE_DJ_ANNOUNCE",
    key: "announce",
    fallback: defaultDjOptions.announce,
    parse: parseBoolean,
  }),
  crossfade: setting({
    flag: "--crossfade <seconds>",
    help: "duration of the crossfade between tracks, 0 to 15",
    env: "ASTERITE_DJ_CROSSFADE",
    key: "crossfade",
    fallback: 0,
    parse: parseFadeSeconds,
  }),
  normalize: setting({
    flag: "--normalize [bool]",
    help: "normalize the loudness of tracks",
    env: "ASTERITE_DJ_NORMALIZE",
    key: "normalize",
    fallback: defaultDjOptions.normalize,
    parse: parseBoolean,
  }),
  logLevel: setting({
    flag: "--log-level <level>",
    help: `minimum log level: ${logLevels.join(", ")}`,
    env: "ASTERITE_LOG_LEVEL",
    key: "log_level",
    fallback: "info",
    parse: parseOneOf(...logLevels),
  }),
};

/** Values of {@link djSettings}. */
export type DjValues = SettingValues<typeof djSettings>;

function readSecret(file: string, flag: string): string {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`cannot read the file of ${flag}: ${reason}`, { cause: error });
  }
  const secret = content.replace(/\r?\n$/, "");
  if (secret === "") throw new ConfigError(`the file of ${flag} is empty: ${file}`);
  return secret;
}

function passwordOf({ passwordFile }: DjValues): string {
  if (passwordFile !== undefined) return readSecret(passwordFile, "--password-file");
  const given = process.env["ASTERITE_DJ_PASSWORD"];
  if (given) return given;
  throw new ConfigError("the bot's account needs a password: set --password-file or ASTERITE_DJ_PASSWORD");
}

function nodePasswordOf({ nodePasswordFile }: DjValues): string | null {
  if (nodePasswordFile !== undefined) return readSecret(nodePasswordFile, "--node-password-file");
  return process.env["ASTERITE_DJ_NODE_PASSWORD"] || null;
}

function nodesOf({ node, nats, listenUrl = [] }: DjValues, password: string | null): DjNode[] {
  const urls = node ?? (nats === undefined ? [defaultNodeUrl] : []);
  if (listenUrl.length > 0 && listenUrl.length !== urls.length) {
    throw new ConfigError(
      `--listen-url must be given once per node: ${listenUrl.length} for ${urls.length} nodes`,
    );
  }
  return urls.map((url, index) => ({ url, password, listenUrl: listenUrl[index] }));
}

function discoveryOf({ nats }: DjValues, password: string | null): Discovery | undefined {
  if (nats === undefined) return undefined;
  if (password !== null) return { nats, password };
  throw new ConfigError(
    "--nats requires the node password: set --node-password-file or ASTERITE_DJ_NODE_PASSWORD",
  );
}

/**
 * Returns the options of the bot.
 *
 * @throws ConfigError if a password is missing or settings are mutually exclusive.
 */
export function djOptions(values: DjValues): DjOptions {
  const { server, fingerprint, insecurePlaintext, user } = values;
  if (insecurePlaintext && fingerprint !== undefined) {
    throw new ConfigError("--insecure-plaintext and --fingerprint are mutually exclusive");
  }
  const trust = fingerprint === undefined ? {} : { fingerprint256: fingerprint };
  const password = nodePasswordOf(values);
  const discovery = discoveryOf(values, password);
  return {
    server: { ...server, tls: insecurePlaintext ? false : trust },
    account: { username: user, password: passwordOf(values) },
    nodes: nodesOf(values, password),
    ...(discovery && { discovery }),
    folder: values.data,
    prefix: values.musicPrefix,
    control: values.control,
    ignoredGroup: values.ignoredGroup,
    announce: values.announce,
    crossfadeMs: millisecondsPerSecond * values.crossfade,
    normalize: values.normalize,
  };
}
