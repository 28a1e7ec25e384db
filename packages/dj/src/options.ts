import type { ServerOptions } from "@asterite/aster";
import { NatsAddressError, parseNatsAddresses } from "@asterite/nats";
import type { Logger } from "@asterite/util";
import { DjError } from "./errors.ts";

/**
 * Who may command the music: everybody; whoever asked for the tracks that a command touches; or the members of a
 * group. Who may `manage_messages` may always.
 */
export type Control = "everyone" | "requester" | `group:${string}`;

/** One audio node. */
export interface DjNode {
  /** Base address, `http` or `https`; its WebSocket is found below it. */
  readonly url: string;
  /** Null for a node without one. */
  readonly password: string | null;
  /**
   * Address under which listeners reach this node. Default: with one node, its paths are published as they are, for
   * the chat server's own port to pass on; with several, their own addresses.
   */
  readonly listenUrl?: string | undefined;
}

/** How audio nodes are found that announce themselves. */
export interface Discovery {
  /** NATS servers: addresses separated by commas, each like `nats://host:4222` or `tls://user:password@host:4222`. */
  readonly nats: string;
  /** Password of the nodes; only those count that prove that they know it. */
  readonly password: string;
}

/** Options of `startDj`. */
export interface DjOptions {
  /** Where the chat is. */
  readonly server: { readonly host: string; readonly port: number } & Pick<ServerOptions, "tls" | "framing">;
  /** The bot's account, which is made if there is none of this name. */
  readonly account: { readonly username: string; readonly password: string };
  /** At least one, unless nodes are found. */
  readonly nodes: readonly DjNode[];
  /** Finds more nodes. Default: none are looked for. */
  readonly discovery?: Discovery;
  /** Folder for what outlives a restart; made if absent. One folder for each bot. */
  readonly folder: string;
  /** What commands begin with, 1 to 8 characters without white space. Default `!`. */
  readonly prefix?: string;
  /** Who may command. Default `everyone`. */
  readonly control?: Control;
  /** Name of the group whose members are never listened to, so that bots do not talk to each other. Default `bots`. */
  readonly ignoredGroup?: string;
  /** Whether to say in the chat what begins to play. Default `true`. */
  readonly announce?: boolean;
  /** Where words are searched, as prefixes of identifiers, one after the other. Default `["search"]`. */
  readonly searchers?: readonly string[];
  /** Length of the fade between two tracks, in ms, 0 to 15 000. Default 0. */
  readonly crossfadeMs?: number;
  /** Whether tracks are brought to the same loudness. Default `false`. */
  readonly normalize?: boolean;
  /** Most tracks that may wait in one room, from 1. Default 1 000. */
  readonly maxQueue?: number;
  /** Most tracks of one playlist that are added, from 1. Default 500. */
  readonly maxPlaylist?: number;
  /** Loudest volume that people may choose, in percent, 1 to 1 000. Default 200. */
  readonly maxVolume?: number;
  /** Longest time to wait for a node to find something, in ms, from 1. Default 15 000. */
  readonly loadTimeoutMs?: number;
  /** How long links to listen hold, in seconds, from 10. Default 3 600. */
  readonly listenSeconds?: number;
  /** How long a room may play nothing before its player on the node is ended, in ms, from 0. Default 300 000. */
  readonly idleMs?: number;
  /** Shortest time between two values that are published in one channel, in ms, from 0. Default 1 000. */
  readonly publishMs?: number;
  /** How often the position of what plays is written down, in ms, from 100. Default 5 000. */
  readonly saveMs?: number;
  /** Commands of one person: how many at once, and after how many ms there is one more. Default 5 and 2 000. */
  readonly personRate?: Rate;
  /** Answers in one channel: how many at once, and after how many ms there is one more. Default 6 and 1 500. */
  readonly answerRate?: Rate;
  /** Where to write what happens. Default: nowhere. */
  readonly logger?: Logger;
  /** Gives up starting. */
  readonly signal?: AbortSignal;
}

/** How often something may happen. */
export interface Rate {
  /** How many in a row, from 1. */
  readonly burst: number;
  /** After how many ms there is one more, above 0. */
  readonly everyMs: number;
}

/** The defaults of {@link DjOptions}. */
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

/** Options with the defaults in place. */
export type DjSettings = DjOptions & Required<Pick<DjOptions, keyof typeof defaultDjOptions>>;

const longestMs = 2 ** 31 - 1;
const ranges = {
  crossfadeMs: [0, 15_000],
  maxQueue: [1, 100_000],
  maxPlaylist: [1, 100_000],
  maxVolume: [1, 1_000],
  loadTimeoutMs: [1, longestMs],
  listenSeconds: [10, 86_400],
  idleMs: [0, longestMs],
  publishMs: [0, longestMs],
  saveMs: [100, longestMs],
} as const;

const refuse = (field: string, given: unknown, allowed: string): DjError =>
  new DjError("OPTION_INVALID", `Option ${field} is ${JSON.stringify(given)}; allowed: ${allowed}`);

/** Whether an address can be one of a node, or of its listeners. */
function isHttp(url: string): boolean {
  const { protocol, username, password } = URL.parse(url) ?? {};
  return (protocol === "http:" || protocol === "https:") && !username && !password;
}

function checkNodes(nodes: readonly DjNode[]): void {
  for (const [index, { url, listenUrl }] of nodes.entries()) {
    const allowed = "an address with http: or https:, and without a user in it";
    if (!isHttp(url)) throw refuse(`nodes.${index}.url`, url, allowed);
    if (listenUrl !== undefined && !isHttp(listenUrl)) {
      throw refuse(`nodes.${index}.listenUrl`, listenUrl, allowed);
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
    throw new DjError("OPTION_INVALID", "Option discovery.password must not be empty");
  }
}

/** Whether a text says who may command. */
export const isControl = (text: string): text is Control =>
  text === "everyone" || text === "requester" || /^group:\S/.test(text);

/** @throws DjError `OPTION_INVALID` naming the option. */
export function readDjOptions(options: DjOptions): DjSettings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: DjSettings = { ...options, ...defaultDjOptions, ...given };
  for (const [name, [least, most]] of Object.entries(ranges)) {
    const value = settings[name as keyof typeof ranges];
    if (!(value >= least && value <= most)) throw refuse(name, value, `${least} to ${most}`);
  }
  const { prefix, control, searchers, personRate, answerRate, folder } = settings;
  if (!/^\S{1,8}$/.test(prefix)) throw refuse("prefix", prefix, "1 to 8 characters without white space");
  if (!isControl(control)) throw refuse("control", control, "everyone, requester or group:NAME");
  if (folder === "") throw refuse("folder", folder, "the path of a folder");
  if (searchers.length === 0 || !searchers.every((name) => /^[a-z]+$/.test(name))) {
    throw refuse("searchers", searchers, "words of small letters, at least one");
  }
  for (const [name, { burst, everyMs }] of Object.entries({ personRate, answerRate })) {
    if (!(burst >= 1 && everyMs > 0)) throw refuse(name, { burst, everyMs }, "burst from 1, everyMs above 0");
  }
  if (settings.nodes.length === 0 && !settings.discovery) throw refuse("nodes", [], "at least one");
  checkNodes(settings.nodes);
  checkDiscovery(settings.discovery);
  return settings;
}
