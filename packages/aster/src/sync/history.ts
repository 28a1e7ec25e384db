import { argumentError, checkOptions } from "../errors.ts";
import { type RequestOptions, requestOptions } from "../session/request-matcher.ts";

/** An entry of a channel's history. */
interface Entry {
  readonly uuid: number;
}

/** A request for one page of history. */
interface PageRequest<Item extends Entry> extends RequestOptions {
  readonly count: number;
  readonly before?: Item | number;
}

/** Options of {@link walkHistory}. */
interface WalkOptions<Item extends Entry> extends RequestOptions {
  readonly before?: Item | number;
  readonly limit?: number;
  readonly pageSize?: number;
}

const walkOptions = { ...requestOptions, before: 0, limit: "number", pageSize: "number" };

type Page<Item> = { readonly items: readonly Item[] } | { readonly error: unknown };

/** Yields the history of a channel from newest to oldest, and prefetches one page ahead of the reader. */
export async function* walkHistory<Item extends Entry>(
  fetchPage: (request: PageRequest<Item>) => Promise<readonly Item[]>,
  options: WalkOptions<Item>,
): AsyncGenerator<Item, void, undefined> {
  checkOptions("options of history", options, walkOptions);
  const { before, limit = Number.POSITIVE_INFINITY, pageSize = 100, signal, timeoutMs } = options;
  if (!(pageSize >= 1 && pageSize <= 1000)) {
    throw argumentError("pageSize", pageSize, "a number from 1 to 1000");
  }
  if (!(limit >= 0)) throw argumentError("limit", limit, "a number of at least 0");
  const abort = new AbortController();
  const anySignal = signal ? AbortSignal.any([signal, abort.signal]) : abort.signal;
  const tryFetchPage = async (bound: Item | number | undefined, count: number): Promise<Page<Item>> => {
    try {
      const options = { count, signal: anySignal, timeoutMs, ...(bound !== undefined && { before: bound }) };
      return { items: await fetchPage(options) };
    } catch (error) {
      // Returned, not thrown: the reader may stop before it reaches the prefetched page.
      return { error };
    }
  };
  let left = limit;
  try {
    let next = left > 0 ? tryFetchPage(before, Math.min(pageSize, left)) : undefined;
    while (next !== undefined) {
      const page = await next;
      if ("error" in page) throw page.error;
      const [oldest] = page.items;
      left -= page.items.length;
      next = oldest && left > 0 ? tryFetchPage(oldest, Math.min(pageSize, left)) : undefined;
      for (const item of page.items.toReversed()) {
        signal?.throwIfAborted();
        yield item;
      }
    }
  } finally {
    abort.abort();
  }
}
