import type { Channel, Message, Server, User } from "@asterite/aster";
import { type Clock, startTimer } from "@asterite/util";
import {
  CommandsError,
  checkAtLeast,
  checkFunction,
  checkKnownNames,
  checkModel,
  checkOptionalSignal,
} from "../errors.ts";
import { formatDuration } from "../text/duration.ts";
import type { MessageWaits } from "./message-waits.ts";

/** Decides whether a message is the one waited for. */
export type MessageFilter = (message: Message) => boolean;

/** Options of {@link Context.waitFor}. */
export interface WaitOptions {
  /** Longest wait, in ms, at least 1. Default: `waitTimeoutMs` of the bot, 60 000. */
  readonly timeoutMs?: number;
  /** Ends the wait. The signal of the context ends it in any case. */
  readonly signal?: AbortSignal;
  /** Author of the message; `anyone` for all. Default: the author of the command. */
  readonly from?: User | "anyone";
  /** Channel of the message; `anywhere` for all. Default: the channel of the command. */
  readonly channel?: Channel | "anywhere";
}

/** Who waits: the command's message and the clock of the bot. */
export interface WaitOwner {
  readonly waits: MessageWaits;
  readonly server: Server;
  readonly channel: Channel;
  readonly author: User;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly defaultTimeoutMs: number;
}

/** Options with their defaults filled in. */
interface ResolvedWait {
  readonly server: Server;
  readonly channel: Channel | undefined;
  readonly author: User | undefined;
  readonly owner: User;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Names of {@link WaitOptions}. */
export const waitOptionNames: readonly (keyof WaitOptions)[] = ["timeoutMs", "signal", "from", "channel"];

/**
 * Fills in the defaults of a wait.
 *
 * @throws CommandsError `ARGUMENT_INVALID` with the name of the option.
 */
export function resolveWait(owner: WaitOwner, options: WaitOptions): ResolvedWait {
  const {
    timeoutMs = owner.defaultTimeoutMs,
    signal,
    from = owner.author,
    channel = owner.channel,
  } = options;
  checkAtLeast("timeoutMs", timeoutMs, 1);
  checkOptionalSignal(signal);
  if (from !== "anyone") checkModel("from", from, 'a user, or "anyone"');
  if (channel !== "anywhere") checkModel("channel", channel, 'a channel, or "anywhere"');
  return {
    server: owner.server,
    channel: channel === "anywhere" ? undefined : channel,
    author: from === "anyone" ? undefined : from,
    owner: owner.author,
    timeoutMs,
    signal: signal ? AbortSignal.any([signal, owner.signal]) : owner.signal,
  };
}

/**
 * Waits for the next message that the filter accepts. That message is taken: no other wait and no command
 * receives it.
 *
 * @throws CommandsError `WAIT_TIMED_OUT`, `WAIT_LIMIT` or `BOT_CLOSED`; the signal's reason; the error of the
 *   filter.
 */
export async function waitForMessage(
  owner: WaitOwner,
  filter: MessageFilter,
  options: WaitOptions,
): Promise<Message> {
  checkFunction("filter", filter);
  checkKnownNames("option of waitFor", options, waitOptionNames);
  const { timeoutMs, signal, ...scope } = resolveWait(owner, options);
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Message>();
  const remove = owner.waits.add({
    ...scope,
    offer: (message) => {
      try {
        if (!filter(message)) return false;
        resolve(message);
      } catch (error) {
        reject(error);
      }
      // Before the promise settles, so that a second message in the same turn is not taken.
      remove();
      return true;
    },
    end: reject,
  });
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  const timer = startTimer(owner.clock, timeoutMs, () => {
    reject(new CommandsError("WAIT_TIMED_OUT", `no message arrived within ${formatDuration(timeoutMs)}`));
  });
  try {
    return await promise;
  } finally {
    remove();
    owner.clock.clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}
