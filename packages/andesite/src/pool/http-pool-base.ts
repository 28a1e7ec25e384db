import { Observable } from "@asterite/observable";
import { requireAtLeast, requirePositive } from "../checks.ts";
import { type Clock, startTimer, systemClock } from "../clock.ts";
import { Deadline, raceSignal } from "../deadline.ts";
import { ClientClosedError, InvalidTypeError, OutOfRangeError } from "../errors.ts";
import { AbstractHTTP, type RequestOptions } from "../http/abstract-http.ts";
import { HTTPError } from "../http/http-error.ts";
import type { ClientPool } from "./client-pool.ts";
import { PoolEmptyError } from "./errors.ts";
import { PoolClientAddEvent, PoolClientRemoveEvent } from "./events.ts";
import { Members } from "./members.ts";

/** Options of {@link HTTPPoolBase}. */
export interface HTTPPoolOptions {
  /**
   * Seconds, above 0, after which a request without an answer is sent through the next client as well; the
   * first answer counts. Null waits without end. Default: null.
   */
  readonly timeout?: number | null | undefined;
  /** A client with more penalties than this, 0 or more, is removed. Default: 5. */
  readonly maxPenalties?: number | null | undefined;
  /** How long a penalty counts, in seconds, above 0. Default: 60. */
  readonly penaltyTimeFrame?: number | null | undefined;
  /** Where the time comes from. Default: the platform. */
  readonly clock?: Clock | null | undefined;
}

/** The defaults of {@link HTTPPoolOptions}. */
export const defaultHTTPPoolOptions = Object.freeze({ timeout: null, maxPenalties: 5, penaltyTimeFrame: 60 });

/** How one attempt of a request ended. */
type Outcome =
  | { readonly client: AbstractHTTP; readonly ok: true; readonly value: unknown }
  | { readonly client: AbstractHTTP; readonly ok: false; readonly error: unknown };

/** Several HTTP clients as one: each request goes to the next, and to another when that one fails or dawdles. */
export class HTTPPoolBase extends AbstractHTTP implements ClientPool<AbstractHTTP> {
  /** Where the pool tells of new and former members. */
  readonly eventTarget: Observable = new Observable();
  /** With the times of their penalties. */
  readonly #members = new Members<AbstractHTTP, readonly number[]>();
  readonly #clock: Clock;
  /** The members in the order of their turns; the first is the current one. */
  #order: AbstractHTTP[] = [];
  #timeout: number | null;
  #isClosing = false;
  #maxPenalties: number;
  #penaltyTimeFrame: number;

  /** @throws InvalidTypeError, OutOfRangeError naming the option. */
  constructor(clients: Iterable<AbstractHTTP>, options?: HTTPPoolOptions | null) {
    super();
    this.#timeout = readTimeout(options?.timeout ?? null);
    this.#maxPenalties = requireAtLeast(
      "maxPenalties",
      0,
      options?.maxPenalties ?? defaultHTTPPoolOptions.maxPenalties,
    );
    this.#penaltyTimeFrame = requirePositive(
      "penaltyTimeFrame",
      options?.penaltyTimeFrame ?? defaultHTTPPoolOptions.penaltyTimeFrame,
    );
    this.#clock = options?.clock ?? systemClock;
    for (const client of new Set(clients)) this.addClient(client);
  }

  /** Number of members. */
  get size(): number {
    return this.#members.size;
  }

  override get closed(): boolean {
    return this.#members.closed;
  }

  /** See {@link HTTPPoolOptions.timeout}. */
  get timeout(): number | null {
    return this.#timeout;
  }

  /** Seconds above 0, or null. */
  set timeout(seconds: number | null) {
    this.#timeout = readTimeout(seconds);
  }

  /** See {@link HTTPPoolOptions.maxPenalties}. */
  get maxPenalties(): number {
    return this.#maxPenalties;
  }

  /** 0 or more. */
  set maxPenalties(penalties: number) {
    this.#maxPenalties = requireAtLeast("maxPenalties", 0, penalties);
  }

  /** See {@link HTTPPoolOptions.penaltyTimeFrame}. */
  get penaltyTimeFrame(): number {
    return this.#penaltyTimeFrame;
  }

  /** Seconds above 0. */
  set penaltyTimeFrame(seconds: number) {
    this.#penaltyTimeFrame = requirePositive("penaltyTimeFrame", seconds);
  }

  /** Whether a client is a member. */
  has(client: AbstractHTTP): boolean {
    return this.#members.has(client);
  }

  /** The members, the one whose turn it was last first. */
  [Symbol.iterator](): Iterator<AbstractHTTP> {
    return [...this.#order].values();
  }

  /** @throws InvalidTypeError, OutOfRangeError for what is no client, or a member already. */
  addClient(client: AbstractHTTP): void {
    if (!(client instanceof AbstractHTTP)) throw new InvalidTypeError("client", "an AbstractHTTP");
    this.#members.requireNotMember(client);
    this.#members.set(client, []);
    this.#order.push(client);
    void this.eventTarget.emit(new PoolClientAddEvent(this, client));
  }

  /** @throws OutOfRangeError for a client that is no member. */
  removeClient(client: AbstractHTTP): void {
    this.#members.requireMember(client);
    this.#members.delete(client);
    this.#order = this.#order.filter((member) => member !== client);
    void this.eventTarget.emit(new PoolClientRemoveEvent(this, client));
  }

  override close(): Promise<void> {
    this.#isClosing = true;
    return this.#members.close();
  }

  override reset(): Promise<void> {
    this.#isClosing = false;
    return this.#members.reset();
  }

  /** The client whose turn it was last; null in an empty pool. */
  getCurrentClient(): AbstractHTTP | null {
    this.#removeClosed();
    return this.#order[0] ?? null;
  }

  /** The client whose turn it is now; null when there is none. Closed members are removed. */
  getNextClient(): AbstractHTTP | null {
    this.#removeClosed();
    const [current, ...others] = this.#order;
    if (current) this.#order = [...others, current];
    return this.#order[0] ?? null;
  }

  /** Rejects like a single client, and with a {@link PoolEmptyError} when no client is left to try. */
  override async request(method: string, path: string, options?: RequestOptions | null): Promise<unknown> {
    if (this.#isClosing) throw new ClientClosedError();
    const ending = new AbortController();
    const { signal = null } = options ?? {};
    using merged = new Deadline([signal, ending.signal], null);
    try {
      const race = this.#raceClients(method, path, { ...options, signal: merged.signal }, signal);
      // A member of another make may not care for signals.
      return await (signal ? raceSignal(race, signal) : race);
    } finally {
      // What has lost the race.
      ending.abort();
    }
  }

  async #raceClients(
    method: string,
    path: string,
    options: RequestOptions,
    signal: AbortSignal | null,
  ): Promise<unknown> {
    const running = new Map<AbstractHTTP, Promise<Outcome>>();
    let last: unknown;
    for (let startNext = true; ; ) {
      if (startNext) {
        const client = this.#nextIdleClient(running);
        if (client) running.set(client, attemptRequest(client, method, path, options));
        else if (running.size === 0) throw new PoolEmptyError(this, last ? { cause: last } : undefined);
      }
      const outcome = await this.#firstOutcome(running);
      startNext = outcome === null;
      if (outcome === null) continue;
      running.delete(outcome.client);
      if (outcome.ok) return outcome.value;
      // The node answered, or the caller or the arguments are why there is no answer.
      const { error } = outcome;
      if (error instanceof HTTPError || isArgumentError(error) || signal?.aborted) throw error;
      last = error;
      this.#penalise(outcome.client);
      startNext = running.size === 0;
    }
  }

  /** The first outcome; null when there is none in time. */
  async #firstOutcome(running: ReadonlyMap<AbstractHTTP, Promise<Outcome>>): Promise<Outcome | null> {
    // Nobody is left who could be asked beside those that are running.
    const canHedge = this.#order.some((client) => !client.closed && !running.has(client));
    if (this.#timeout === null || !canHedge) return await Promise.race(running.values());
    let timer: unknown;
    const delayMs = this.#timeout * 1_000;
    const timeout = new Promise<null>((resolve) => {
      timer = startTimer(this.#clock, delayMs, () => resolve(null));
    });
    try {
      return await Promise.race([...running.values(), timeout]);
    } finally {
      this.#clock.clearTimeout(timer);
    }
  }

  #nextIdleClient(running: ReadonlyMap<AbstractHTTP, unknown>): AbstractHTTP | null {
    for (let left = this.#members.size; left > 0; left--) {
      const client = this.getNextClient();
      if (client && !running.has(client)) return client;
    }
    return null;
  }

  #penalise(client: AbstractHTTP): void {
    const before = this.#members.get(client);
    if (!before) return;
    const nowMs = this.#clock.now();
    const sinceMs = nowMs - this.#penaltyTimeFrame * 1_000;
    const penalties = [...before, nowMs].filter((atMs) => atMs > sinceMs);
    this.#members.set(client, penalties);
    if (penalties.length > this.#maxPenalties) this.removeClient(client);
  }

  #removeClosed(): void {
    // Those whom the pool itself has closed come back with it.
    if (this.#isClosing) return;
    for (const client of this.#members.clients) if (client.closed) this.removeClient(client);
  }
}

/** What the check of an argument throws: no other client would take it either. */
const isArgumentError = (error: unknown): boolean =>
  error instanceof InvalidTypeError || error instanceof OutOfRangeError;

async function attemptRequest(
  client: AbstractHTTP,
  method: string,
  path: string,
  options: RequestOptions,
): Promise<Outcome> {
  try {
    return { client, ok: true, value: await client.request(method, path, options) };
  } catch (error) {
    return { client, ok: false, error };
  }
}

const readTimeout = (seconds: number | null): number | null =>
  seconds === null ? null : requirePositive("timeout", seconds);
