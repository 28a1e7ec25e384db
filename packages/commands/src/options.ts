import type { Server, User } from "@asterite/aster";
import {
  type Clock,
  clockInWords,
  type DebugHook,
  isClock,
  maxTimerMs,
  type RateLimit,
  systemClock,
} from "@asterite/util";
import { argumentError, checkKnownNames } from "./errors.ts";
import { type BotTexts, defaultBotTexts, readTexts } from "./texts.ts";

/** Text before the name of a command: one, several, or a function of the server that returns them. */
export type Prefix = string | readonly string[] | ((server: Server) => string | readonly string[]);

/** Options of a {@link Bot}. */
export interface BotOptions {
  /**
   * Text before the name of a command, 1 to 32 characters. A function is called for every message and decides
   * by server. Default `!`.
   */
  readonly prefix?: Prefix;
  /** Whether a mention of the bot followed by a blank is a prefix too: `@bot help`. Default `true`. */
  readonly mentionPrefix?: boolean;
  /** Whether to add the command `help`. Default `true`. */
  readonly help?: boolean;
  /**
   * Whether to answer a misspelled name with "Did you mean …?". The word may be a command of another bot, so that
   * the bot suggests only after a mention, and on servers with the extension `bots` on which no other account is a
   * bot. Default `true`.
   */
  readonly suggest?: boolean;
  /** Texts with which the framework answers users. Default: {@link defaultBotTexts}, for each text left out. */
  readonly texts?: Partial<BotTexts>;
  /** Accounts whose commands are ignored. Messages of the bot itself always are. */
  readonly ignore?: (user: User, server: Server) => boolean;
  /**
   * Whether to declare the account of the client as a bot once a server is ready. Default `true`; `false` leaves
   * it as the client's option `bot` says.
   */
  readonly declareBot?: boolean;
  /**
   * Whether to handle messages of other bots ({@link User.isBot}), which may answer in turn. Default `false`.
   */
  readonly answerBots?: boolean;
  /**
   * Rate of the commands of an account on a server. Further ones are dropped, and the account is notified at
   * most once in 30 seconds. Default: 10 in a row, then 1 per 1 000 ms.
   */
  readonly userRate?: RateLimit;
  /**
   * Rate of the replies of the bot in a channel, and of {@link Bot.send}. Further ones are dropped; a reply of
   * several parts counts once. Default: 30 in a row, then 1 per 500 ms.
   */
  readonly replyRate?: RateLimit;
  /** Commands of an account that run at a time, at least 1. 1 runs them one after the other. Default 3. */
  readonly concurrencyPerUser?: number;
  /** Commands of an account that wait for their turn, at least 0; further ones are dropped. Default 5. */
  readonly maxQueuedPerUser?: number;
  /** Commands of all accounts that run or wait, at least 1; further ones are dropped. Default 1 000. */
  readonly maxRunning?: number;
  /** Longest run of a command including its conversations, in ms, at least 1. Default 600 000. */
  readonly commandTimeoutMs?: number;
  /** Default limit of waits for messages, in ms, at least 1. Default 60 000. */
  readonly waitTimeoutMs?: number;
  /** Open waits and collectors of an account in a channel, at least 1. Default 3. */
  readonly maxWaitsPerUser?: number;
  /** Open waits and collectors in total, at least 1. Default 10 000. */
  readonly maxWaits?: number;
  /**
   * Age of a message, relative to the newest one, above which its command is ignored, in ms: after an outage
   * the messages of that time arrive at once. Default 60 000; `Infinity` runs all.
   */
  readonly maxMessageAgeMs?: number;
  /** Largest number of messages that a long reply is split into, at least 1. Default 5; 1 refuses long ones. */
  readonly maxParts?: number;
  /** Longest wait of {@link Bot.close} for running commands, in ms, at least 0. Default 5 000. */
  readonly closeTimeoutMs?: number;
  /** Receives an entry for each decision of the bot. It contains no text of messages. Default: none. */
  readonly debug?: DebugHook;
  /** Source of time and timers, for tests. Default: the system clock. */
  readonly clock?: Clock;
}

/** Defaults of {@link BotOptions}. */
export const defaultBotOptions = Object.freeze({
  prefix: "!",
  mentionPrefix: true,
  help: true,
  suggest: true,
  texts: defaultBotTexts,
  ignore: () => false,
  declareBot: true,
  answerBots: false,
  userRate: Object.freeze({ burst: 10, everyMs: 1_000 }),
  replyRate: Object.freeze({ burst: 30, everyMs: 500 }),
  concurrencyPerUser: 3,
  maxQueuedPerUser: 5,
  maxRunning: 1_000,
  commandTimeoutMs: 600_000,
  waitTimeoutMs: 60_000,
  maxWaitsPerUser: 3,
  maxWaits: 10_000,
  maxMessageAgeMs: 60_000,
  maxParts: 5,
  closeTimeoutMs: 5_000,
  clock: systemClock,
}) satisfies BotOptions;

/** Options completed with the defaults. */
export type BotSettings = BotOptions &
  Required<Omit<BotOptions, "debug" | "texts">> & { readonly texts: BotTexts };

const minimums = {
  concurrencyPerUser: 1,
  maxQueuedPerUser: 0,
  maxRunning: 1,
  commandTimeoutMs: 1,
  waitTimeoutMs: 1,
  maxWaitsPerUser: 1,
  maxWaits: 1,
  maxMessageAgeMs: 0,
  maxParts: 1,
  closeTimeoutMs: 0,
} as const;

const types = {
  debug: "function",
  ignore: "function",
  mentionPrefix: "boolean",
  help: "boolean",
  suggest: "boolean",
  declareBot: "boolean",
  answerBots: "boolean",
} as const;

const optionNames: readonly string[] = [...Object.keys(defaultBotOptions), "debug"];

/** @throws CommandsError `ARGUMENT_INVALID` unless each prefix has 1 to 32 characters. */
export function checkPrefixes(prefixes: string | readonly string[]): readonly string[] {
  const list: readonly unknown[] = typeof prefixes === "string" ? [prefixes] : prefixes;
  const isValid =
    Array.isArray(list) &&
    list.every((prefix) => typeof prefix === "string" && prefix.length > 0 && prefix.length <= 32);
  if (!isValid) throw argumentError("prefix", prefixes, "texts of 1 to 32 characters");
  return typeof prefixes === "string" ? [prefixes] : prefixes;
}

/**
 * Completes options with the defaults. An option with the value undefined counts as absent.
 *
 * @throws CommandsError `ARGUMENT_INVALID` with the name of the first invalid option.
 */
export function settingsFrom(options: BotOptions): BotSettings {
  checkKnownNames("option", options, optionNames);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: BotSettings = { ...defaultBotOptions, ...given, texts: readTexts(options.texts) };
  for (const [name, minimum] of Object.entries(minimums) as [keyof typeof minimums, number][]) {
    const value = settings[name];
    const isTimer = name === "commandTimeoutMs" || name === "waitTimeoutMs" || name === "closeTimeoutMs";
    if (!(typeof value === "number" && value >= minimum && (!isTimer || value <= maxTimerMs))) {
      const allowed = isTimer
        ? `a number from ${minimum} to ${maxTimerMs}`
        : `a number of at least ${minimum}`;
      throw argumentError(name, value, allowed);
    }
  }
  for (const name of ["userRate", "replyRate"] as const) {
    checkKnownNames(name, settings[name], ["burst", "everyMs"]);
    const { burst, everyMs } = settings[name];
    if (!(burst >= 1)) throw argumentError(`${name}.burst`, burst, "a number of at least 1");
    if (!(everyMs > 0)) throw argumentError(`${name}.everyMs`, everyMs, "a number above 0");
  }
  for (const [name, type] of Object.entries(types)) {
    const value: unknown = Reflect.get(settings, name);
    if (value !== undefined && typeof value !== type) throw argumentError(name, value, `a ${type}`);
  }
  if (!isClock(settings.clock)) throw argumentError("clock", settings.clock, clockInWords);
  if (typeof settings.prefix !== "function") checkPrefixes(settings.prefix);
  return settings;
}
