import type { Message } from "@asterite/aster";
import { startTimer } from "@asterite/util";
import { CommandsError, checkAtLeast, checkFunction, checkKnownNames, checkOptionalFlag } from "../errors.ts";
import {
  type MessageFilter,
  resolveWait,
  type WaitOptions,
  type WaitOwner,
  waitOptionNames,
} from "./wait-for-message.ts";

/** Messages that are buffered for a loop that is slower than they arrive. */
const maxBuffered = 1_000;

/** Options of {@link Context.collect}. */
export interface CollectOptions extends WaitOptions {
  /** Collects only messages that the function accepts. Default: all messages of the author and channel. */
  readonly filter?: MessageFilter;
  /** Number of messages after which the loop ends, at least 1. Default: no limit but the time. */
  readonly count?: number;
  /**
   * Whether the messages are taken, so that no other wait and no command receives them. Default `false`.
   */
  readonly take?: boolean;
}

/**
 * Collects messages, for `for await`. The loop ends after `count` messages, when the time is over, when the
 * signal aborts, or when the bot is closed; collecting starts with the call.
 *
 * @throws CommandsError `WAIT_LIMIT`, or in the loop `MESSAGES_MISSED` if more than 1 000 messages are unread;
 *   the error of the filter.
 */
export function collectMessages(
  owner: WaitOwner,
  options: CollectOptions,
): AsyncIterableIterator<Message, undefined> {
  checkKnownNames("option of collect", options, [...waitOptionNames, "filter", "count", "take"]);
  const { filter = () => true, count = Number.POSITIVE_INFINITY, take = false } = options;
  checkFunction("filter", filter);
  checkAtLeast("count", count, 1);
  checkOptionalFlag("take", take);
  const { timeoutMs, signal, ...scope } = resolveWait(owner, options);
  const buffer: Message[] = [];
  let accepted = 0;
  let isEnded = false;
  let failure: unknown;
  let wake = Promise.withResolvers<void>();

  const end = (): void => {
    if (isEnded) return;
    isEnded = true;
    remove();
    owner.clock.clearTimeout(timer);
    signal.removeEventListener("abort", end);
    wake.resolve();
  };
  const fail = (error: unknown): void => {
    failure = error;
    end();
  };
  const remove = owner.waits.add({
    ...scope,
    offer: (message) => {
      try {
        if (!filter(message)) return false;
      } catch (error) {
        fail(error);
        return false;
      }
      if (buffer.length >= maxBuffered) {
        fail(new CommandsError("MESSAGES_MISSED", `more than ${maxBuffered} collected messages are unread`));
        return false;
      }
      buffer.push(message);
      wake.resolve();
      if (++accepted >= count) end();
      return take;
    },
    end,
  });
  const timer = startTimer(owner.clock, timeoutMs, end);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();

  return {
    async next() {
      for (;;) {
        const value = buffer.shift();
        if (value) return { value, done: false };
        if (isEnded) break;
        wake = Promise.withResolvers<void>();
        await wake.promise;
      }
      const error = failure;
      failure = undefined;
      if (error !== undefined) throw error;
      return { value: undefined, done: true };
    },
    return() {
      end();
      buffer.length = 0;
      return Promise.resolve({ value: undefined, done: true });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
