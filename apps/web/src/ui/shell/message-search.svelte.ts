import { AsterError, type Channel } from "@asterite/aster";
import type { ServerSession } from "../../chat/server-session.ts";
import { parseDay, parseSearch } from "../../lib/text/search-query.ts";
import { describeError } from "../../texts/describe-error.ts";
import { t } from "../../texts/texts.svelte.ts";

const pageSize = 25;
/** Pages fetched for one page of messages with links, of which the server knows nothing. */
const maxPages = 8;
const link = /https?:\/\/\S/i;

const searches = new WeakMap<ServerSession, MessageSearch>();

/** Returns the search of a server, which is kept while its panel is closed. */
export function searchOf(session: ServerSession): MessageSearch {
  const known = searches.get(session);
  if (known) return known;
  const search = new MessageSearch(session);
  searches.set(session, search);
  return search;
}

/** Fields of the request that operators set. */
interface Filter {
  channel?: number;
  author?: number;
  since?: number;
  until?: number;
}

interface Request {
  readonly words: string;
  readonly hasLink: boolean;
  readonly filter: Filter;
}

/** Message that was found. */
export interface FoundMessage {
  readonly uuid: number;
  readonly author_uuid: number;
  readonly channel_uuid: number;
  readonly content: string;
  /** Unix time in seconds. */
  readonly date: number;
}

/** Search in the messages of one server, run as the user types. */
export class MessageSearch {
  query = $state("");
  isChannelOnly = $state(false);
  found: readonly FoundMessage[] | undefined = $state.raw();
  /** Words of the results, to be highlighted. */
  words = $state("");
  hasMore = $state(false);
  isBusy = $state(false);
  /** Why nothing was searched for, such as an unknown name. */
  hint: string | undefined = $state();
  error: string | undefined = $state();
  readonly #session: ServerSession;
  #running = new AbortController();
  /** Oldest fetched message, including those without links. */
  #oldest: FoundMessage | undefined;
  #searched = "";

  constructor(session: ServerSession) {
    this.#session = session;
  }

  /** Searches for the query, unless its results are present. Cancels the previous search. */
  async run(channel: Channel, isRepeated = false): Promise<void> {
    const key = `${this.isChannelOnly ? channel.uuid : ""} ${this.query.trim()}`;
    if (key === this.#searched && !isRepeated) return;
    this.#searched = key;
    this.#running.abort();
    this.error = undefined;
    const request = this.#parse(channel);
    this.hint = typeof request === "string" ? request : undefined;
    if (typeof request !== "object") {
      this.found = undefined;
      this.isBusy = false;
      return;
    }
    this.#oldest = undefined;
    await this.#fetch(request, []);
  }

  /** Fetches older results. */
  async loadMore(channel: Channel): Promise<void> {
    const request = this.#parse(channel);
    if (typeof request === "object") await this.#fetch(request, this.found ?? []);
  }

  async #fetch(request: Request, known: readonly FoundMessage[]): Promise<void> {
    this.#running.abort();
    const running = new AbortController();
    this.#running = running;
    this.isBusy = true;
    try {
      const added = await this.#fetchPage(request, running.signal);
      if (running.signal.aborted) return;
      this.words = request.words;
      this.found = [...known, ...added];
    } catch (error) {
      if (!running.signal.aborted) this.error = t(describeError(error));
    } finally {
      if (this.#running === running) this.isBusy = false;
    }
  }

  async #fetchPage({ words, hasLink, filter }: Request, signal: AbortSignal): Promise<FoundMessage[]> {
    const added: FoundMessage[] = [];
    const { server } = this.#session;
    if (!server) throw new AsterError("CONNECTION_LOST", "not connected");
    const query = words === "" ? "http" : words;
    for (let pages = 0; pages < maxPages && added.length < pageSize && !signal.aborted; pages++) {
      const before = this.#oldest && { before: this.#oldest.uuid };
      const fields = { query, ...filter, ...before, limit: pageSize };
      const { data: page } = await server.command("search", fields, { signal });
      if (signal.aborted) break;
      added.push(...page.filter(({ content }) => !hasLink || link.test(content)));
      this.#oldest = page.at(-1) ?? this.#oldest;
      this.hasMore = page.length === pageSize;
      if (!this.hasMore || !hasLink) break;
    }
    return added;
  }

  /** Returns the request, a text that explains why there is none, or undefined for an empty query. */
  #parse(current: Channel): Request | string | undefined {
    const { words, operators } = parseSearch(this.query);
    const filter: Filter = {};
    if (this.isChannelOnly) filter.channel = current.uuid;
    let hasLink = false;
    for (const { word, name, value } of operators) {
      if (value === "") return t("search.unfinished", { operator: `${word}:` });
      if (name === "from") {
        const author = this.#session.users.findNamed(value.replace(/^@/, ""));
        if (author === undefined) return t("search.noMember", { name: value });
        filter.author = author;
      } else if (name === "in") {
        const wanted = value.replace(/^#/, "").toLowerCase();
        const { channels } = this.#session.serverInfo;
        const channel = channels.find((one) => one.name.toLowerCase() === wanted);
        if (!channel) return t("search.noChannel", { name: value });
        filter.channel = channel.uuid;
      } else if (name === "has") {
        if (value.toLowerCase() !== "link") return t("search.noKind", { name: value });
        hasLink = true;
      } else {
        const day = parseDay(value);
        if (day === undefined) return t("search.noDay", { name: value });
        if (name === "before") filter.until = Math.floor(day / 1000);
        else filter.since = Math.floor(day / 1000);
      }
    }
    if (words === "" && !hasLink) return operators.length > 0 ? t("search.needsWord") : undefined;
    return { filter, words, hasLink };
  }
}
