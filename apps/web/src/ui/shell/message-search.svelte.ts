import {
  AsterError,
  type Channel,
  CommandError,
  type SearchOptions,
  type SearchResult,
} from "@asterite/aster";
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

type Options = Pick<SearchOptions, "channel" | "author" | "since" | "until">;

interface Request extends Options {
  readonly words: string;
  readonly hasLink: boolean;
}

/** Search in the messages of one server, run as the user types. */
export class MessageSearch {
  query = $state("");
  isChannelOnly = $state(false);
  found: readonly SearchResult[] | undefined = $state.raw();
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
  #oldest: SearchResult | undefined;
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

  async #fetch(request: Request, known: readonly SearchResult[]): Promise<void> {
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
      if (running.signal.aborted) return;
      // Servers of earlier versions need a word.
      const needsWord = request.words === "" && error instanceof CommandError && error.status === 400;
      if (needsWord) this.hint = t("search.needsWord");
      else this.error = t(describeError(error));
    } finally {
      if (this.#running === running) this.isBusy = false;
    }
  }

  async #fetchPage({ words, hasLink, ...options }: Request, signal: AbortSignal): Promise<SearchResult[]> {
    const added: SearchResult[] = [];
    const { server } = this.#session;
    if (!server) throw new AsterError("CONNECTION_LOST", "not connected");
    const query = words === "" && hasLink ? "http" : words;
    for (let pages = 0; pages < maxPages && added.length < pageSize && !signal.aborted; pages++) {
      const before = this.#oldest && { before: this.#oldest.message };
      const page = await server.search(query, {
        ...options,
        ...before,
        limit: pageSize,
        signal,
      });
      if (signal.aborted) break;
      added.push(...page.filter(({ message }) => !hasLink || link.test(message.content)));
      this.#oldest = page.at(-1) ?? this.#oldest;
      this.hasMore = page.length === pageSize;
      if (!this.hasMore || !hasLink) break;
    }
    return added;
  }

  /** Returns the request, a text that explains why there is none, or undefined for an empty query. */
  #parse(current: Channel): Request | string | undefined {
    const { words, operators } = parseSearch(this.query);
    const options: { -readonly [Key in keyof Options]: Options[Key] } = {};
    if (this.isChannelOnly) options.channel = current;
    let hasLink = false;
    for (const { word, name, value } of operators) {
      if (value === "") return t("search.unfinished", { operator: `${word}:` });
      if (name === "from") {
        const author = this.#session.users.findNamed(value.replace(/^@/, ""));
        if (author === undefined) return t("search.noMember", { name: value });
        options.author = author;
      } else if (name === "in") {
        const wanted = value.replace(/^#/, "").toLowerCase();
        const { channels } = this.#session.serverInfo;
        const channel = channels.find((one) => one.name.toLowerCase() === wanted);
        if (!channel) return t("search.noChannel", { name: value });
        options.channel = channel;
      } else if (name === "has") {
        if (value.toLowerCase() !== "link") return t("search.noKind", { name: value });
        hasLink = true;
      } else {
        const day = parseDay(value);
        if (day === undefined) return t("search.noDay", { name: value });
        if (name === "before") options.until = Math.floor(day / 1000);
        else options.since = Math.floor(day / 1000);
      }
    }
    if (words === "" && operators.length === 0) return undefined;
    return { ...options, words, hasLink };
  }
}
