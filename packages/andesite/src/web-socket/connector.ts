import { type Clock, sleep } from "../clock.ts";
import { ClientClosedError, ConnectionError } from "../errors.ts";
import type { Backoff } from "./backoff.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { WebSocketLike } from "./socket.ts";
import type { ConnectAttempt } from "./try-connect.ts";

/** What the owner of a connection does at its turning points. */
export interface ConnectorHooks {
  /** Tries once to open a socket. A rejection ends the series of attempts. */
  open(signal: AbortSignal): Promise<ConnectAttempt>;
  /**
   * Uses a new socket before anybody else does. When it rejects, the attempt has failed. The signal aborts when
   * the socket is of no use any more.
   */
  prepare(socket: WebSocketLike, signal: AbortSignal): Promise<void>;
  /** The connection is usable. */
  up(socket: WebSocketLike): void;
  /** A message arrived, also while the socket is being prepared. */
  message(text: string): void;
  /** Asks for a sign of life, for platforms whose sockets cannot. */
  ask(socket: WebSocketLike): void;
  /** The connection is over. */
  down(deliberate: boolean): void;
  /** An attempt has failed; another one follows, or else one of the next two. */
  attemptFailed(): void;
  /** Connecting was given up; the connector is closed now. */
  gaveUp(error: ConnectionError): void;
  /** The number of attempts to get a lost connection back; null for no limit. */
  limit(): number | null;
  /** A series of attempts ended without a connection and without closing the connector. */
  failed(error: unknown): void;
}

/** Timing of a {@link Connector}. */
export interface ConnectorOptions {
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number };
  /** A connection that ended sooner, in milliseconds, is followed by a wait. */
  readonly stableAfterMs: number;
  /** Names the node in messages. */
  readonly name: string;
}

/** A socket that was opened. */
interface Link {
  readonly socket: WebSocketLike;
  /** Resolves when the socket has closed. */
  readonly end: Promise<void>;
  /** Whether this side has ended it; what still arrives does not count. */
  left: boolean;
}

type State =
  | { readonly name: "idle" }
  | { readonly name: "connecting"; readonly abort: AbortController; readonly outcome: Promise<void> }
  | { readonly name: "connected"; readonly link: Link; readonly sinceMs: number }
  | { readonly name: "closed" };

const idle: State = Object.freeze({ name: "idle" });
const closed: State = Object.freeze({ name: "closed" });
/** How long a node may take to end a connection in good order, in ms. */
const closingTimeoutMs = 2_000;

/** One connection to one node, as one state machine. */
export class Connector {
  readonly #hooks: ConnectorHooks;
  readonly #options: ConnectorOptions;
  readonly #ending = new Set<Promise<void>>();
  #state: State = idle;
  /** How many connections in a row ended soon after they were made. */
  #shortLived = 0;

  constructor(hooks: ConnectorHooks, options: ConnectorOptions) {
    this.#hooks = hooks;
    this.#options = options;
  }

  get state(): State["name"] {
    return this.#state.name;
  }

  /** Connects, or waits for what is under way. `limit` is the number of attempts, null for no limit. */
  connect(limit: number | null): Promise<void> {
    const state = this.#state;
    if (state.name === "closed") return Promise.reject(new ClientClosedError());
    if (state.name === "connected") return Promise.resolve();
    return state.name === "connecting" ? state.outcome : this.#start(limit, 0);
  }

  /** Ends the connection or the attempts, and waits until nothing is left of them. */
  async disconnect(): Promise<void> {
    if (this.#state.name !== "closed") this.#leave(idle, new ConnectionError("the client was disconnected"));
    await Promise.all(this.#ending);
  }

  /** Like {@link disconnect}, for good. */
  async close(): Promise<void> {
    this.#leave(closed, new ClientClosedError());
    await Promise.all(this.#ending);
  }

  /** Makes a closed one usable again. */
  async reset(): Promise<void> {
    this.#leave(idle, new ConnectionError("the client was reset"));
    await Promise.all(this.#ending);
  }

  #leave(next: State, reason: Error): void {
    const before = this.#state;
    this.#state = next;
    this.#shortLived = 0;
    if (before.name === "connecting") before.abort.abort(reason);
    if (before.name !== "connected") return;
    this.#end(before.link);
    this.#hooks.down(true);
  }

  #start(limit: number | null, delayMs: number): Promise<void> {
    const abort = new AbortController();
    const outcome = this.#run(abort, limit, delayMs);
    this.#state = { name: "connecting", abort, outcome };
    const ended = outcome.then(
      () => {},
      (error) => {
        // Whoever aborted the series has changed the state already.
        if (abort.signal.aborted) return;
        if (error instanceof ConnectionError) {
          this.#state = closed;
          this.#hooks.gaveUp(error);
        } else {
          this.#state = idle;
          this.#hooks.failed(error);
        }
      },
    );
    this.#track(ended);
    return outcome;
  }

  async #run(abort: AbortController, limit: number | null, delayMs: number): Promise<void> {
    const { clock, backoff, name } = this.#options;
    const { signal } = abort;
    // The state names this series only after the first turn.
    await Promise.resolve();
    if (delayMs > 0) await sleep(clock, delayMs, signal);
    for (let attempt = 1; ; attempt++) {
      let { socket, failure } = await this.#hooks.open(signal);
      if (socket) failure = await this.#adopt(socket, abort);
      if (failure === null) return;
      signal.throwIfAborted();
      this.#hooks.attemptFailed();
      if (limit !== null && attempt >= limit) {
        const times = attempt === 1 ? "1 attempt" : `${attempt} attempts`;
        throw new ConnectionError(`could not connect to ${name} in ${times}`, { cause: failure });
      }
      await sleep(clock, backoff(attempt), signal);
    }
  }

  /** Makes a socket the connection; otherwise says why not. */
  async #adopt(socket: WebSocketLike, { signal }: AbortController): Promise<unknown> {
    const { clock, heartbeat: options } = this.#options;
    const lost = Promise.withResolvers<never>();
    const useless = new AbortController();
    lost.promise.catch((error) => useless.abort(error));
    const abort = () => lost.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    const ask = () => socket.ping() || this.#hooks.ask(socket);
    const heartbeat = new Heartbeat(clock, options, ask, () => socket.terminate());
    const end = Promise.withResolvers<void>();
    const link: Link = { socket, end: end.promise, left: false };
    socket.listen({
      message: (text) => {
        heartbeat.recordActivity();
        if (!link.left) this.#hooks.message(text);
      },
      pong: () => heartbeat.recordActivity(),
      close: (code, reason) => {
        heartbeat.stop();
        lost.reject(new Error(`the node closed the connection with ${code} ${reason}`.trimEnd()));
        this.#closed(link);
        end.resolve();
      },
    });
    this.#track(link.end);
    try {
      // Between the opening of the socket and now.
      signal.throwIfAborted();
      // First what has happened already, so that a preparation that fails by it does not win.
      await Promise.race([lost.promise, this.#hooks.prepare(socket, useless.signal)]);
      signal.throwIfAborted();
    } catch (error) {
      this.#end(link);
      return error ?? new Error("aborted");
    } finally {
      signal.removeEventListener("abort", abort);
    }
    this.#state = { name: "connected", link, sinceMs: clock.now() };
    this.#hooks.up(socket);
    // It may have closed between the end of the preparation and now.
    if (!socket.open) socket.terminate();
    return null;
  }

  /** Ends a socket in good order, and cuts it when the node does not. */
  #end(link: Link): void {
    link.left = true;
    link.socket.close(1_000, "disconnect");
    const timer = this.#options.clock.setTimeout(() => link.socket.terminate(), closingTimeoutMs);
    void link.end.then(() => this.#options.clock.clearTimeout(timer));
  }

  /** A socket has closed. If it was the connection, it was lost. */
  #closed(link: Link): void {
    const { clock, stableAfterMs, backoff } = this.#options;
    if (this.#state.name !== "connected" || this.#state.link !== link) return;
    const lastedMs = clock.now() - this.#state.sinceMs;
    this.#shortLived = lastedMs < stableAfterMs ? this.#shortLived + 1 : 0;
    const delayMs = this.#shortLived > 0 ? backoff(this.#shortLived) : 0;
    // Before anybody learns of it, so that who then disconnects or closes ends this as well.
    this.#state = idle;
    this.#start(this.#hooks.limit(), delayMs).catch(() => {});
    this.#hooks.down(false);
  }

  #track(promise: Promise<void>): void {
    this.#ending.add(promise);
    void promise.then(() => this.#ending.delete(promise));
  }
}
