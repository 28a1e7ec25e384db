import type { ServerOptions } from "@asterite/aster";
import type { BotTexts } from "@asterite/commands";
import { NatsAddressError, parseNatsAddresses } from "@asterite/nats";
import { isOptionsObject, type Logger, maxTimerMs, type RateLimit } from "@asterite/util";
import { DjError } from "./errors.ts";

export type { RateLimit } from "@asterite/util";

/**
 * Users who may control the music: everyone, the requesters of all tracks that a command affects, or the
 * members of a group. Users with `manage_messages` always may.
 */
export type Control = "everyone" | "requester" | `group:${string}`;

/** Audio node. */
export interface DjNode {
  /** Base URL, `http` or `https`; the path of the WebSocket is appended to it. */
  readonly url: string;
  /** Password; null for a node without one. */
  readonly password: string | null;
  /**
   * URL at which listeners reach this node. Default: with one node, only paths are published, which the port
   * of the chat server forwards; with several nodes, their own URLs.
   */
  readonly listenUrl?: string | undefined;
}

/** Discovery of audio nodes that announce themselves. */
export interface Discovery {
  /** NATS servers, separated by commas, each like `nats://host:4222` or `tls://host:4222?ca=FILE&credentials=FILE`. */
  readonly nats: string;
  /** Password of the nodes; announcements that are not signed with it are ignored. */
  readonly password: string;
}

/** Options of `startDj`. */
export interface DjOptions {
  /** Chat server to join. */
  readonly server: { readonly host: string; readonly port: number } & Pick<ServerOptions, "tls" | "framing">;
  /** Account of the bot; registered if it does not exist. */
  readonly account: { readonly username: string; readonly password: string };
  /** Audio nodes; at least one unless `discovery` is set. */
  readonly nodes: readonly DjNode[];
  /** Discovers additional nodes. Default: no discovery. */
  readonly discovery?: Discovery;
  /** Folder of the saved queues; created if missing. Must not be shared between bots. */
  readonly folder: string;
  /** Prefix of commands, 1 to 8 characters without whitespace. Default `!`. */
  readonly prefix?: string;
  /**
   * Texts of the command framework, such as the replies to wrong arguments. Default: English, for each text left
   * out.
   */
  readonly texts?: Partial<BotTexts>;
  /** Users who may control the music. Default `everyone`. */
  readonly control?: Control;
  /** Group whose members are ignored, so that bots do not answer each other. Default `bots`. */
  readonly ignoredGroup?: string;
  /** Whether to announce in the chat each track that starts. Default `true`. */
  readonly announce?: boolean;
  /** Sources for text searches, as identifier prefixes, tried in this order. Default `["search"]`. */
  readonly searchers?: readonly string[];
  /** Length of the crossfade between two tracks, in ms, 0 to 15 000. Default 0. */
  readonly crossfadeMs?: number;
  /** Whether to normalize the loudness of tracks. Default `false`. */
  readonly normalize?: boolean;
  /** Maximum number of queued tracks per channel, at least 1. Default 1 000. */
  readonly maxQueue?: number;
  /** Maximum number of tracks added from one playlist, at least 1. Default 500. */
  readonly maxPlaylist?: number;
  /** Maximum volume that users can set, in percent, 1 to 1 000. Default 200. */
  readonly maxVolume?: number;
  /** Timeout of a search or load on the nodes, in ms, at least 1. Default 15 000. */
  readonly loadTimeoutMs?: number;
  /** Lifetime of listen links, in seconds, 10 to 86 400. Default 3 600. */
  readonly listenSeconds?: number;
  /** Idle time after which the player on the node is destroyed, in ms, at least 0. Default 300 000. */
  readonly idleMs?: number;
  /** Minimum interval between two published states of one channel, in ms, at least 0. Default 1 000. */
  readonly publishMs?: number;
  /** Interval at which the position is saved while a track plays, in ms, at least 100. Default 5 000. */
  readonly saveMs?: number;
  /** Rate limit of commands per user. Default: a burst of 5, then one every 2 000 ms. */
  readonly personRate?: RateLimit;
  /** Rate limit of replies per channel. Default: a burst of 6, then one every 1 500 ms. */
  readonly answerRate?: RateLimit;
  /** Destination of log lines. Default: none. */
  readonly logger?: Logger;
  /** Aborts the start. */
  readonly signal?: AbortSignal;
}

/** Defaults of {@link DjOptions}. */
export const defaultDjOptions = Object.freeze({
  prefix: "!",
  control: "everyone" as Control,
  ignoredGroup: "bots",
  announce: true,
  searchers: Object.freeze(["search"]) as readonly string[],
  crossfadeMs: 0,
  normalize: false,
  maxQueue: 1_000,
  maxPlaylist: 500,
  maxVolume: 200,
  loadTimeoutMs: 15_000,
  listenSeconds: 3_600,
  idleMs: 300_000,
  publishMs: 1_000,
  saveMs: 5_000,
  personRate: Object.freeze({ burst: 5, everyMs: 2_000 }),
  answerRate: Object.freeze({ burst: 6, everyMs: 1_500 }),
} satisfies Partial<DjOptions>);

/** Options with the defaults filled in. */
export type DjSettings = DjOptions & Required<Pick<DjOptions, keyof typeof defaultDjOptions>>;

const ranges = {
  crossfadeMs: [0, 15_000],
  maxQueue: [1, 100_000],
  maxPlaylist: [1, 100_000],
  maxVolume: [1, 1_000],
  loadTimeoutMs: [1, maxTimerMs],
  listenSeconds: [10, 86_400],
  idleMs: [0, maxTimerMs],
  publishMs: [0, maxTimerMs],
  saveMs: [100, maxTimerMs],
} as const;

/** Types of the options, as {@link typeOf} names them. */
const types = {
  server: "object",
  account: "object",
  nodes: "array",
  discovery: "object",
  folder: "string",
  prefix: "string",
  texts: "object",
  control: "string",
  ignoredGroup: "string",
  announce: "boolean",
  searchers: "array",
  crossfadeMs: "number",
  normalize: "boolean",
  maxQueue: "number",
  maxPlaylist: "number",
  maxVolume: "number",
  loadTimeoutMs: "number",
  listenSeconds: "number",
  idleMs: "number",
  publishMs: "number",
  saveMs: "number",
  personRate: "object",
  answerRate: "object",
  logger: "object",
  signal: "object",
} as const satisfies Readonly<Record<keyof DjOptions, string>>;

const requiredNames: readonly string[] = ["server", "account", "nodes", "folder"];

const typeOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "array" : typeof value;

const invalid = (field: string, given: string | undefined, allowed: string): DjError =>
  new DjError("OPTION_INVALID", `Option ${field} is ${given}; allowed: ${allowed}`);

const invalidOption = (field: string, given: unknown, allowed: string): DjError =>
  invalid(field, JSON.stringify(given), allowed);

/** Returns an error for a value of another type, without the value, which may be a secret. */
const invalidType = (field: string, given: unknown, allowed: string): DjError =>
  invalid(field, typeOf(given), allowed);

/** Checks the names and types of options that are given, and that the required ones are. */
function checkTypes(options: DjOptions): void {
  if (!isOptionsObject(options)) throw invalidType("options", options, "an object with options");
  const names = Object.keys(types);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(types, name)) throw invalidOption("name", name, names.join(", "));
    if (value === undefined) continue;
    checkType(name, value, types[name as keyof typeof types]);
  }
  for (const name of requiredNames) checkType(name, options[name], types[name as keyof typeof types]);
}

function checkType(name: string, value: unknown, type: string): void {
  if (typeOf(value) === type) return;
  throw invalidType(name, value, /^[ao]/.test(type) ? `an ${type}` : `a ${type}`);
}

/** Returns whether a URL is HTTP without credentials, as required of nodes and listen URLs. */
function isHttpUrl(url: string): boolean {
  const { protocol, username, password } = URL.parse(url) ?? {};
  return (protocol === "http:" || protocol === "https:") && !username && !password;
}

function checkNodes(nodes: readonly DjNode[]): void {
  for (const [index, node] of nodes.entries()) {
    checkType(`nodes.${index}`, node, "object");
    const { url, password, listenUrl } = node;
    if (password !== null && typeof password !== "string") {
      throw invalidType(`nodes.${index}.password`, password, "a string or null");
    }
    const allowed = "an http: or https: URL without credentials";
    if (!isHttpUrl(url)) throw invalidOption(`nodes.${index}.url`, url, allowed);
    if (listenUrl !== undefined && !isHttpUrl(listenUrl)) {
      throw invalidOption(`nodes.${index}.listenUrl`, listenUrl, allowed);
    }
  }
}

function checkDiscovery(discovery: Discovery | undefined): void {
  if (!discovery) return;
  try {
    parseNatsAddresses(discovery.nats);
  } catch (cause) {
    if (!(cause instanceof NatsAddressError)) throw cause;
    throw new DjError("OPTION_INVALID", `Option discovery.nats ${cause.message}`, { cause });
  }
  if (discovery.password === "") {
    throw invalid("discovery.password", "empty", "a text");
  }
}

/** Returns whether a text is a valid {@link Control}. */
export const isControl = (text: string): text is Control =>
  text === "everyone" || text === "requester" || /^group:\S/.test(text);

/**
 * Validates options and fills in the defaults.
 *
 * @throws DjError `OPTION_INVALID` naming the option.
 */
export function readDjOptions(options: DjOptions): DjSettings {
  checkTypes(options);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: DjSettings = { ...options, ...defaultDjOptions, ...given };
  for (const [name, [min, max]] of Object.entries(ranges)) {
    const value = settings[name as keyof typeof ranges];
    if (!(value >= min && value <= max)) throw invalidOption(name, value, `${min} to ${max}`);
  }
  const { prefix, control, searchers, personRate, answerRate, folder } = settings;
  if (!/^\S{1,8}$/.test(prefix))
    throw invalidOption("prefix", prefix, "1 to 8 characters without whitespace");
  if (!isControl(control)) throw invalidOption("control", control, "everyone, requester or group:NAME");
  if (folder === "") throw invalidOption("folder", folder, "a folder path");
  if (searchers.length === 0 || !searchers.every((name) => /^[a-z]+$/.test(name))) {
    throw invalidOption("searchers", searchers, "at least one, of lowercase letters");
  }
  for (const [name, { burst, everyMs }] of Object.entries({ personRate, answerRate })) {
    if (!(burst >= 1)) throw invalidOption(`${name}.burst`, burst, "at least 1");
    if (!(everyMs > 0)) throw invalidOption(`${name}.everyMs`, everyMs, "above 0");
  }
  if (settings.nodes.length === 0 && !settings.discovery) throw invalidOption("nodes", [], "at least one");
  checkNodes(settings.nodes);
  checkDiscovery(settings.discovery);
  return settings;
}
