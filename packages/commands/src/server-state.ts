import type { Message, Server } from "@asterite/aster";
import { KeyedRateLimiter } from "@asterite/util";
import { UserQueues } from "./flow/user-queues.ts";
import { type BotSettings, checkPrefixes } from "./options.ts";

/** Rate of the notice that an account sends commands too fast. */
const noticeRate = { burst: 1, everyMs: 30_000 };

/** State of the bot on one server. */
export class ServerState {
  readonly queues: UserQueues;
  readonly #settings: BotSettings;
  readonly #server: Server;
  readonly #rate: KeyedRateLimiter<number>;
  readonly #notices = new KeyedRateLimiter<number>(noticeRate);
  /** Prefixes that do not depend on the server; the longest is first. */
  readonly #prefixes: readonly string[] | undefined;
  /** Date of the newest message, in Unix seconds. */
  #newestDate = Number.NEGATIVE_INFINITY;
  /** Lower bound of how far the server's clock is ahead of the local one, in ms. */
  #serverAheadMs = Number.NEGATIVE_INFINITY;

  constructor(server: Server, settings: BotSettings) {
    this.#server = server;
    this.#settings = settings;
    this.#rate = new KeyedRateLimiter(settings.userRate);
    this.queues = new UserQueues(settings);
    const { prefix } = settings;
    this.#prefixes = typeof prefix === "function" ? undefined : longestFirst(prefix);
  }

  /** Refines the estimate of the server's clock by the date of a message. */
  observeDate({ date }: Message): void {
    // Of the messages with one date, the first to arrive gives the best estimate.
    if (date <= this.#newestDate) return;
    this.#newestDate = date;
    this.#serverAheadMs = Math.max(this.#serverAheadMs, 1_000 * date - Date.now());
  }

  /**
   * Returns whether a message was sent while the bot was away: it is older than the newest one by more than
   * the limit.
   */
  isOutdated({ date }: Message): boolean {
    return 1_000 * date - Date.now() < this.#serverAheadMs - this.#settings.maxMessageAgeMs;
  }

  /** Returns the prefix that a text begins with; undefined if there is none. */
  findPrefix(content: string): string | undefined {
    const { prefix, mentionPrefix } = this.#settings;
    const prefixes =
      this.#prefixes ?? (typeof prefix === "function" ? longestFirst(prefix(this.#server)) : []);
    for (const each of prefixes) if (content.startsWith(each)) return each;
    return mentionPrefix && content.startsWith("@") ? this.#findMention(content) : undefined;
  }

  /** Returns whether a prefix found by {@link findPrefix} is a mention of the bot. */
  isMention(prefix: string): boolean {
    return prefix === this.#findMention(prefix);
  }

  /** Counts a command of an account. Returns whether it may run. */
  tryUse(userUuid: number, nowMs: number): boolean {
    return this.#rate.tryUse(userUuid, nowMs) && !this.queues.isFull(userUuid);
  }

  /** Returns whether an account is to be notified that its commands are dropped. */
  tryNotify(userUuid: number, nowMs: number): boolean {
    return this.#notices.tryUse(userUuid, nowMs);
  }

  #findMention(content: string): string | undefined {
    const { username } = this.#server.self ?? { username: "" };
    if (username === "") return undefined;
    const mention = content.slice(0, username.length + 2);
    return mention.toLowerCase() === `@${username.toLowerCase()} ` ? mention : undefined;
  }
}

const longestFirst = (prefixes: string | readonly string[]): readonly string[] =>
  checkPrefixes(prefixes).toSorted((one, other) => other.length - one.length);
