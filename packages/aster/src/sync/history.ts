import { argumentError } from "../errors.ts";
import type { Channel } from "../models/channel.ts";
import type { Message } from "../models/message.ts";
import type { RequestOptions } from "../session/request-matcher.ts";

/** Options of {@link Channel.fetchHistory}. */
export interface HistoryOptions extends RequestOptions {
  /** How many messages, 0 to 4 294 967 295; servers have lower limits of their own. Default 100. */
  readonly count?: number;
  /** Only messages sent before this one, given itself or by its uuid. Default: the newest. */
  readonly before?: Message | number;
}

/** Options of {@link Channel.history}. */
export interface HistoryWalkOptions extends RequestOptions {
  /** Only messages sent before this one, given itself or by its uuid. Default: from the newest. */
  readonly before?: Message | number;
  /** Most messages in all. Default: to the beginning of the channel. */
  readonly limit?: number;
  /** Messages asked for at a time, 1 to 1000. Default 100. */
  readonly pageSize?: number;
}

type Page = { readonly messages: readonly Message[] } | { readonly error: unknown };

/** Walks back through a channel, one page ahead of its reader. */
export async function* walkHistory(
  channel: Channel,
  { before, limit = Number.POSITIVE_INFINITY, pageSize = 100, signal, timeoutMs }: HistoryWalkOptions,
): AsyncGenerator<Message, void, undefined> {
  if (!(pageSize >= 1 && pageSize <= 1000))
    throw argumentError("pageSize", pageSize, "a number from 1 to 1000");
  if (!(limit >= 0)) throw argumentError("limit", limit, "a number from 0");
  const abort = new AbortController();
  const either = signal ? AbortSignal.any([signal, abort.signal]) : abort.signal;
  const ask = async (bound: Message | number | undefined, count: number): Promise<Page> => {
    try {
      const options = { count, signal: either, timeoutMs, ...(bound !== undefined && { before: bound }) };
      return { messages: await channel.fetchHistory(options) };
    } catch (error) {
      // Kept for the reader, who may never come so far.
      return { error };
    }
  };
  let left = limit;
  try {
    let next = left > 0 ? ask(before, Math.min(pageSize, left)) : undefined;
    while (next) {
      const page = await next;
      if ("error" in page) throw page.error;
      const [oldest] = page.messages;
      left -= page.messages.length;
      next = oldest && left > 0 ? ask(oldest, Math.min(pageSize, left)) : undefined;
      for (const message of page.messages.toReversed()) {
        signal?.throwIfAborted();
        yield message;
      }
    }
  } finally {
    abort.abort();
  }
}
