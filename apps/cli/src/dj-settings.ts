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
import { InvalidArgumentError } from "commander";
import { ConfigError } from "./config-file.ts";
import { logLevels } from "./logging.ts";
import { oneOf, type Setting, type SettingValues, text, yes } from "./settings.ts";

/** Where the chat server is looked for when only its host is named. */
const usualPort = 2345;
const usualNode = "http://localhost:5000";
const millisecondsPerSecond = 1_000;

const place = (given: string): { readonly host: string; readonly port: number } => {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:\s]+))(?::(\d{1,5}))?$/.exec(given) ?? [];
  const host = bracketed ?? plain;
  const number = port === undefined ? usualPort : Number(port);
  if (host === undefined || number < 1 || number > 65_535) {
    throw new InvalidArgumentError("It must be HOST or HOST:PORT, for example localhost:2345.");
  }
  return { host, port: number };
};

/** Several addresses: from a flag that is repeated, or one text with commas. */
const addresses = (given: string, before?: unknown): readonly string[] => {
  const all = given.split(/[\s,]+/).filter(Boolean);
  for (const address of all) {
    const { protocol } = URL.parse(address) ?? {};
    if (protocol === "http:" || protocol === "https:") continue;
    throw new InvalidArgumentError("It must be an address such as http://localhost:5000.");
  }
  return [...(Array.isArray(before) ? before : []), ...all];
};

const control = (given: string): Control => {
  if (isControl(given)) return given;
  throw new InvalidArgumentError("It must be everyone, requester or group:NAME.");
};

const prefix = (given: string): string => {
  if (/^\S{1,8}$/.test(given)) return given;
  throw new InvalidArgumentError("It must be 1 to 8 characters without white space.");
};

const fadeSeconds = (given: string): number => {
  const value = Number(given);
  if (given !== "" && value >= 0 && value <= 15) return value;
  throw new InvalidArgumentError("It must be a number of seconds from 0 to 15.");
};

const setting = <const Value extends Setting<unknown>>(value: Value): Value => value;

/** What `asterite dj` can be told. */
export const djSettings = {
  server: setting({
    flag: "--server <host:port>",
    help: "chat server to join",
    env: "ASTERITE_DJ_SERVER",
    key: "server",
    fallback: { host: "localhost", port: usualPort },
    fallbackText: `localhost:${usualPort}`,
    parse: place,
  }),
  fingerprint: setting({
    flag: "--fingerprint <hex>",
    help: "SHA-256 of the chat server's certificate, if it is on another machine and signed by nobody",
    env: "ASTERITE_DJ_FINGERPRINT",
    key: "fingerprint",
    parse: text,
  }),
  insecurePlaintext: setting({
    flag: "--insecure-plaintext [bool]",
    help: "the chat server has no TLS: the password travels in plain text",
    env: "ASTERITE_DJ_INSECURE_PLAINTEXT",
    key: "insecure_plaintext",
    fallback: false,
    parse: yes,
  }),
  user: setting({
    flag: "--user <name>",
    help: "the bot's account, made if there is none",
    env: "ASTERITE_DJ_USER",
    key: "user",
    fallback: "dj",
    parse: text,
  }),
  passwordFile: setting({
    flag: "--password-file <file>",
    help: "file with its password; else the environment variable ASTERITE_DJ_PASSWORD",
    env: "ASTERITE_DJ_PASSWORD_FILE",
    key: "password_file",
    parse: text,
  }),
  node: setting({
    flag: "--node <url>",
    help: `audio node; may be repeated (default: ${usualNode}, or with --nats those that are found)`,
    env: "ASTERITE_DJ_NODES",
    key: "nodes",
    parse: addresses,
  }),
  nodePasswordFile: setting({
    flag: "--node-password-file <file>",
    help: "file with the password of the nodes; else ASTERITE_DJ_NODE_PASSWORD, else none",
    env: "ASTERITE_DJ_NODE_PASSWORD_FILE",
    key: "node_password_file",
    parse: text,
  }),
  nats: setting({
    flag: "--nats <addresses>",
    help: "NATS over which audio nodes are found, such as nats://host:4222; several with commas; needs their password",
    env: "ASTERITE_DJ_NATS",
    key: "nats",
    parse: text,
  }),
  listenUrl: setting({
    flag: "--listen-url <url>",
    help: "address under which listeners reach the node; repeated in the order of --node",
    env: "ASTERITE_DJ_LISTEN_URLS",
    key: "listen_urls",
    parse: addresses,
  }),
  data: setting({
    flag: "--data <dir>",
    help: "folder for what outlives a restart; one for each bot",
    env: "ASTERITE_DJ_DATA",
    key: "data",
    fallback: join("data", "dj"),
    parse: text,
  }),
  musicPrefix: setting({
    flag: "--music-prefix <text>",
    help: "what commands begin with",
    env: "ASTERITE_DJ_PREFIX",
    key: "music_prefix",
    fallback: defaultDjOptions.prefix,
    parse: prefix,
  }),
  control: setting({
    flag: "--control <who>",
    help: "who may command: everyone, requester (only what touches own tracks), or group:NAME",
    env: "ASTERITE_DJ_CONTROL",
    key: "control",
    fallback: defaultDjOptions.control,
    parse: control,
  }),
  ignoredGroup: setting({
    flag: "--ignored-group <name>",
    help: "group of accounts that are never listened to, such as other bots",
    env: "ASTERITE_DJ_IGNORED_GROUP",
    key: "ignored_group",
    fallback: defaultDjOptions.ignoredGroup,
    parse: text,
  }),
  announce: setting({
    flag: "--announce [bool]",
    help: "say in the chat what begins to play",
    env: "ASTERITE_DJ_ANNOUNCE",
    key: "announce",
    fallback: defaultDjOptions.announce,
    parse: yes,
  }),
  crossfade: setting({
    flag: "--crossfade <seconds>",
    help: "length of the fade between two tracks",
    env: "ASTERITE_DJ_CROSSFADE",
    key: "crossfade",
    fallback: 0,
    parse: fadeSeconds,
  }),
  normalize: setting({
    flag: "--normalize [bool]",
    help: "bring tracks to the same loudness",
    env: "ASTERITE_DJ_NORMALIZE",
    key: "normalize",
    fallback: defaultDjOptions.normalize,
    parse: yes,
  }),
  logLevel: setting({
    flag: "--log-level <level>",
    help: `how much to log: ${logLevels.join(", ")}`,
    env: "ASTERITE_LOG_LEVEL",
    key: "log_level",
    fallback: "info",
    parse: oneOf(...logLevels),
  }),
};

/** The values of {@link djSettings}. */
export type DjValues = SettingValues<typeof djSettings>;

function secretIn(file: string, flag: string): string {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`The file of ${flag} cannot be read: ${reason}`, { cause: error });
  }
  const secret = content.replace(/\r?\n$/, "");
  if (secret === "") throw new ConfigError(`The file of ${flag}, ${file}, is empty`);
  return secret;
}

function passwordOf({ passwordFile }: DjValues): string {
  if (passwordFile !== undefined) return secretIn(passwordFile, "--password-file");
  const given = process.env["ASTERITE_DJ_PASSWORD"];
  if (given) return given;
  throw new ConfigError("The bot's account needs a password: --password-file, or ASTERITE_DJ_PASSWORD");
}

function nodePasswordOf({ nodePasswordFile }: DjValues): string | null {
  if (nodePasswordFile !== undefined) return secretIn(nodePasswordFile, "--node-password-file");
  return process.env["ASTERITE_DJ_NODE_PASSWORD"] || null;
}

function nodesOf({ node, nats, listenUrl = [] }: DjValues, password: string | null): DjNode[] {
  const urls = node ?? (nats === undefined ? [usualNode] : []);
  if (listenUrl.length > 0 && listenUrl.length !== urls.length) {
    throw new ConfigError(`${listenUrl.length} times --listen-url does not fit ${urls.length} nodes`);
  }
  return urls.map((url, index) => ({ url, password, listenUrl: listenUrl[index] }));
}

function discoveryOf({ nats }: DjValues, password: string | null): Discovery | undefined {
  if (nats === undefined) return undefined;
  if (password !== null) return { nats, password };
  throw new ConfigError(
    "--nats needs the password that nodes prove they know: --node-password-file, or ASTERITE_DJ_NODE_PASSWORD",
  );
}

/**
 * What the bot is started with.
 *
 * @throws ConfigError where a password is missing, or the settings contradict each other.
 */
export function djOptions(values: DjValues): DjOptions {
  const { server, fingerprint, insecurePlaintext, user } = values;
  if (insecurePlaintext && fingerprint !== undefined) {
    throw new ConfigError("--insecure-plaintext and --fingerprint contradict each other");
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
