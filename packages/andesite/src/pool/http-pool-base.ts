import { Observable } from "@asterite/observable";
import {
  optionNames,
  requireAtLeast,
  requireIterable,
  requireKnownOptions,
  requirePositive,
} from "../checks.ts";
import { type Clock, startTimer, systemClock } from "../clock.ts";
import { Deadline, raceSignal } from "../deadline.ts";
import { type DebugHook, type DebugOptions, readDebug } from "../debug.ts";
import { ClientClosedError, InvalidTypeError, isArgumentError } from "../errors.ts";
import { AbstractHTTP, type RequestOptions } from "../http/abstract-http.ts";
import { HTTPError } from "../http/http-error.ts";
import type { ClientPool } from "./client-pool.ts";
import { emitExclusion } from "./emit-exclusion.ts";
import { PoolEmptyError } from "./errors.ts";
import { PoolClientAddEvent, PoolClientExcludeEvent, PoolClientRemoveEvent } from "./events.ts";
import { MemberFailures } from "./member-failures.ts";
import { Members, requireOutside } from "./members.ts";
import { poolEntry } from "./pool-entry.ts";

/** Options of {@link HTTPPoolBase}. */
export interface HTTPPoolOptions extends DebugOptions {
  /**
   * Time after which a request without a response is also sent through the next client, in seconds, above 0;
   * the first response is used. Null for no hedging. Default: null.
   */
  readonly timeout?: number | null | undefined;
  /**
   * Number of penalties above which a client is removed, at least 0. Each failed request is a penalty.
   * Default: 5.
   */
  readonly maxPenalties?: number | null | undefined;
  /** Time that a penalty counts, in seconds, above 0. Default: 60. */
  readonly penaltyTimeFrame?: number | null | undefined;
  /**
   * Time for which a client is not used after its node responded with the status 401, in ms, at least 1;
   * `Infinity` for ever. Default: 600 000, 10 min.
   */
  readonly refusedRetryMs?: number | null | undefined;
  /** Source of time and timers. Default: `systemClock`. */
  readonly clock?: Clock | null | undefined;
}

/** Defaults of {@link HTTPPoolOptions}. */
export const defaultHTTPPoolOptions = /* @__PURE__ */ Object.freeze({
  timeout: null,
  maxPenalties: 5,
  penaltyTimeFrame: 60,
  refusedRetryMs: 600_000,
});

const names = optionNames<HTTPPoolOptions>({
  timeout: true,
  maxPenalties: true,
  penaltyTimeFrame: true,
  refusedRetryMs: true,
  clock: true,
  debug: true,
});

/** Result of one attempt of a request. */
type Outcome =
  | { readonly client: AbstractHTTP; readonly ok: true; readonly value: unknown }
  | { readonly client: AbstractHTTP; readonly ok: false; readonly error: unknown };

/**
 * Pool of HTTP clients: sends each request through the next client, and through another one when that fails
 * or is slow.
 */
export class HTTPPoolBase extends AbstractHTTP implements ClientPool<AbstractHTTP> {
  /** Observable that emits `PoolClientAddEvent` and `PoolClientRemoveEvent`. */
  readonly eventTarget: Observable = new Observable();
  /** Members with the times of their penalties, in ms. */
  readonly #members = new Members<AbstractHTTP, readonly number[]>();
  readonly #clock: Clock;
  /** Members in round-robin order; the first is the current one. */
  #order: AbstractHTTP[] = [];
  #timeout: number | null = null;
  #isClosing = false;
  #maxPenalties = 0;
  #penaltyTimeFrame = 0;
  readonly #refusedRetryMs: number;
  readonly #debug: DebugHook | null;
  readonly #failures = new MemberFailures();
  /** Times until which clients are not used because their node refused the password, in ms. */
  readonly #refusedUntil = new Map<AbstractHTTP, number>();

  /** @throws InvalidTypeError, OutOfRangeError naming the option. */
  constructor(clients: Iterable<AbstractHTTP>, options?: HTTPPoolOptions | null) {
    super();
    requireKnownOptions("", options, names);
    this.#debug = readDebug(options);
    this.timeout = options?.timeout ?? null;
    this.maxPenalties = options?.maxPenalties ?? defaultHTTPPoolOptions.maxPenalties;
    this.penaltyTimeFrame = options?.penaltyTimeFrame ?? defaultHTTPPoolOptions.penaltyTimeFrame;
    this.#refusedRetryMs = requireAtLeast(
      "refusedRetryMs",
      1,
      options?.refusedRetryMs ?? defaultHTTPPoolOptions.refusedRetryMs,
    );
    this.#clock = options?.clock ?? systemClock;
    for (const client of new Set(requireIterable("clients", clients))) this.addClient(client);
  }

  /** Number of members. */
  get size(): number {
    return this.#members.size;
  }

  override get closed(): boolean {
    return this.#members.closed;
  }

  /** Delay before hedging in seconds; null for none. See {@link HTTPPoolOptions.timeout}. */
  get timeout(): number | null {
    return this.#timeout;
  }

  /** Seconds above 0, or null. */
  set timeout(seconds: number | null) {
    this.#timeout = seconds === null ? null : requirePositive("timeout", seconds);
  }

  /** Number of penalties above which a client is removed. See {@link HTTPPoolOptions.maxPenalties}. */
  get maxPenalties(): number {
    return this.#maxPenalties;
  }

  /** A number, at least 0. */
  set maxPenalties(penalties: number) {
    this.#maxPenalties = requireAtLeast("maxPenalties", 0, penalties);
  }

  /** Time that a penalty counts, in seconds. See {@link HTTPPoolOptions.penaltyTimeFrame}. */
  get penaltyTimeFrame(): number {
    return this.#penaltyTimeFrame;
  }

  /** Seconds above 0. */
  set penaltyTimeFrame(seconds: number) {
    this.#penaltyTimeFrame = requirePositive("penaltyTimeFrame", seconds);
  }

  /** Returns whether a client is a member. */
  has(client: AbstractHTTP): boolean {
    return this.#members.has(client);
  }

  /** Iterates over the members in round-robin order, from the current one. */
  [Symbol.iterator](): Iterator<AbstractHTTP> {
    return [...this.#order].values();
  }

  /**
   * Adds a client.
   *
   * @throws InvalidTypeError when the value is not a client.
   * @throws OutOfRangeError when the client is a member already, or sends through the pool.
   */
  addClient(client: AbstractHTTP): void {
    if (!(client instanceof AbstractHTTP)) throw new InvalidTypeError("client", "an AbstractHTTP");
    requireOutside(this, client);
    this.#members.requireNotMember(client);
    this.#members.set(client, []);
    this.#failures.forget(client);
    this.#order.push(client);
    this.#debug?.(poolEntry("member-added", { client }));
    void this.eventTarget.emit(new PoolClientAddEvent(this, client));
  }

  /**
   * Removes a member without closing it.
   *
   * @throws OutOfRangeError when the client is not a member.
   */
  removeClient(client: AbstractHTTP): void {
    this.#members.requireMember(client);
    this.#members.delete(client);
    this.#failures.forget(client);
    this.#refusedUntil.delete(client);
    this.#debug?.(poolEntry("member-removed", { client }));
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

  /** Returns the client of the last turn; null without a usable one. Closed members are removed. */
  getCurrentClient(): AbstractHTTP | null {
    this.#removeClosed();
    return this.#order.find((client) => !this.#isRefused(client)) ?? null;
  }

  /**
   * Advances the rotation and returns the client whose turn it is; null without a usable one. Closed members
   * are removed, and those whose node refused the password are passed over.
   */
  getNextClient(): AbstractHTTP | null {
    this.#removeClosed();
    for (let left = this.#order.length; left > 0; left--) {
      const [current, ...others] = this.#order;
      if (current) this.#order = [...others, current];
      const [next] = this.#order;
      if (next && !this.#isRefused(next)) return next;
    }
    return null;
  }

  /**
   * Sends a request through the members in turn. Rejects like a single client, and with a {@link
   * PoolEmptyError}, with the reason per member, when no client is left to try.
   */
  override async request(method: string, path: string, options?: RequestOptions | null): Promise<unknown> {
    if (this.#isClosing) throw new ClientClosedError();
    const ending = new AbortController();
    const { signal = null } = options ?? {};
    using merged = new Deadline([signal, ending.signal], null);
    try {
      const race = this.#raceClients(method, path, { ...options, signal: merged.signal }, signal);
      // Other implementations of members may ignore signals.
      return await (signal ? raceSignal(race, signal) : race);
    } finally {
      // Cancels the attempts that lost the race.
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
    for (let startNext = true; ; ) {
      if (startNext) {
        const client = this.#nextIdleClient(running);
        if (client)
          this.#debug?.(poolEntry("client-chosen", { client, method, path, concurrent: running.size }));
        if (client) running.set(client, attemptRequest(client, method, path, options));
        else if (running.size === 0) throw new PoolEmptyError(this, this.#failures.list);
      }
      const outcome = await this.#firstOutcome(running);
      startNext = outcome === null;
      if (outcome === null) continue;
      running.delete(outcome.client);
      const { client } = outcome;
      if (outcome.ok) {
        this.#failures.forget(client);
        return outcome.value;
      }
      const { error } = outcome;
      const isRefused = error instanceof HTTPError && error.code === 401;
      // No other member would help: the node responded, the caller aborted, or the arguments are invalid.
      const isForCaller = error instanceof HTTPError || isArgumentError(error) || signal?.aborted;
      if (isForCaller && !isRefused) throw error;
      if (isRefused) this.#exclude(client, error);
      else this.#penalise(client);
      this.#failures.record(client, error);
      this.#debug?.(
        poolEntry(isRefused ? "member-excluded" : "request-failed", { client, method, path, error }),
      );
      startNext = running.size === 0;
    }
  }

  /** Returns the first outcome; null when the timeout passes first and another member is available. */
  async #firstOutcome(running: ReadonlyMap<AbstractHTTP, Promise<Outcome>>): Promise<Outcome | null> {
    // Without another member, hedging is not possible.
    const canHedge = this.#order.some(
      (client) => !client.closed && !running.has(client) && !this.#isRefused(client),
    );
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

  /** Stops using a client whose node refused the password, for a time. */
  #exclude(client: AbstractHTTP, error: Error): void {
    if (!this.#members.has(client) || this.#isRefused(client)) return;
    this.#refusedUntil.set(client, this.#clock.now() + this.#refusedRetryMs);
    emitExclusion(this.eventTarget, new PoolClientExcludeEvent(this, client, error, this.#refusedRetryMs));
  }

  #isRefused(client: AbstractHTTP): boolean {
    return (this.#refusedUntil.get(client) ?? Number.NEGATIVE_INFINITY) > this.#clock.now();
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
    // Members that the pool itself closed are kept for `reset`.
    if (this.#isClosing) return;
    for (const client of this.#members.clients) if (client.closed) this.removeClient(client);
  }
}

/** Sends a request through one member, and returns the outcome with the member. */
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
