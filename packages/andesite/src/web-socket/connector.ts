import { type Clock, sleep } from "../clock.ts";
import { ClientClosedError, ConnectionError } from "../errors.ts";
import type { Backoff } from "./backoff.ts";
import { isPermanent, toConnectionError } from "./connect-failure.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { ProtocolSession } from "./protocol-session.ts";
import type { WebSocketLike } from "./socket.ts";
import type { ConnectAttempt } from "./try-connect.ts";

/** Changes that a {@link Connector} reports, each after its state has changed. */
export type ConnectorEvent =
  /** The connection is open and prepared. */
  | { readonly type: "connected" }
  /** The connection ended: closed by this client, or lost. */
  | { readonly type: "disconnected"; readonly isDeliberate: boolean }
  /** An attempt failed. Another attempt, `gave-up` or `failed` follows. */
  | {
      readonly type: "attempt-failed";
      /** Number of the attempt in the series, from 1. */
      readonly attempt: number;
      readonly error: ConnectionError;
      /** Delay before the next attempt; null for the last one. */
      readonly retryInMs: number | null;
    }
  /** All attempts failed. The connector is closed. */
  | { readonly type: "gave-up"; readonly error: ConnectionError }
  /** Connecting failed for a reason that no retry can fix. The connector is idle. */
  | { readonly type: "failed"; readonly error: unknown };

/** The parts of a session that a connector uses. */
type ConnectionSession = Pick<ProtocolSession, "startConnection" | "receive" | "sendBarrier">;

/** Settings of a {@link Connector}. */
export interface ConnectorOptions {
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number };
  /** A connection that ends sooner than this, in ms, is followed by a back-off delay. */
  readonly stableAfterMs: number;
  /** Initial value of {@link Connector.maxConnectAttempts}. */
  readonly maxConnectAttempts: number | null;
  /** Address of the node, for error messages. */
  readonly name: string;
}

/** An open socket. */
interface Connection {
  readonly socket: WebSocketLike;
  /** Resolves when the socket has closed. */
  readonly closed: Promise<void>;
  /** Whether this side has closed it. Messages that still arrive are dropped. */
  isClosing: boolean;
}

type State =
  | { readonly type: "idle" }
  | { readonly type: "connecting"; readonly abort: AbortController; readonly outcome: Promise<void> }
  | { readonly type: "connected"; readonly connection: Connection; readonly sinceMs: number }
  | { readonly type: "closed" };

const idle: State = Object.freeze({ type: "idle" });
const closed: State = Object.freeze({ type: "closed" });
/** Time that a node has for the closing handshake before the socket is terminated, in ms. */
const closingTimeoutMs = 2_000;

/**
 * State machine of one connection to one node: connects, detects the loss of the connection and reconnects.
 */
export class Connector {
  /** Attempts to restore a lost connection; null for no limit. */
  maxConnectAttempts: number | null;
  readonly #session: ConnectionSession;
  readonly #openSocket: (signal: AbortSignal) => Promise<ConnectAttempt>;
  readonly #onEvent: (event: ConnectorEvent) => void;
  readonly #options: ConnectorOptions;
  /** Attempts and sockets that have not ended. */
  readonly #running = new Set<Promise<void>>();
  #state: State = idle;
  /** Whether a connection was ever established, which proves that the address is right. */
  #wasConnected = false;
  /** Consecutive connections that ended before `stableAfterMs`. */
  #shortConnections = 0;

  /** @param openSocket - Makes one attempt to open a socket. A rejection ends the series of attempts. */
  constructor(
    session: ConnectionSession,
    openSocket: (signal: AbortSignal) => Promise<ConnectAttempt>,
    onEvent: (event: ConnectorEvent) => void,
    options: ConnectorOptions,
  ) {
    this.#session = session;
    this.#openSocket = openSocket;
    this.#onEvent = onEvent;
    this.#options = options;
    this.maxConnectAttempts = options.maxConnectAttempts;
  }

  get state(): State["type"] {
    return this.#state.type;
  }

  /**
   * Connects, or waits for the attempts in progress, whose limit stays as it is. `maxAttempts` null: no
   * limit.
   */
  connect(maxAttempts: number | null): Promise<void> {
    const state = this.#state;
    if (state.type === "closed") return Promise.reject(new ClientClosedError());
    if (state.type === "connected") return Promise.resolve();
    return state.type === "connecting" ? state.outcome : this.#startConnecting(maxAttempts, 0);
  }

  /** Ends the connection or the attempts. Resolves when all sockets have closed. */
  async disconnect(): Promise<void> {
    if (this.#state.type !== "closed") this.#stop(idle, new ConnectionError("the client was disconnected"));
    await Promise.all(this.#running);
  }

  /** Like {@link disconnect}; later calls of {@link connect} are rejected until {@link reset}. */
  async close(): Promise<void> {
    this.#stop(closed, new ClientClosedError());
    await Promise.all(this.#running);
  }

  /** Like {@link disconnect}, and makes a closed connector usable again. */
  async reset(): Promise<void> {
    this.#stop(idle, new ConnectionError("the client was reset"));
    await Promise.all(this.#running);
  }

  #stop(next: State, reason: Error): void {
    this.#shortConnections = 0;
    this.#transition(next, reason);
  }

  /**
   * The only place that changes the state: ends what the previous state owned, then reports the change.
   *
   * @param reason - Aborts attempts in progress; undefined where they have ended by themselves.
   */
  #transition(next: State, reason?: Error): void {
    const previous = this.#state;
    this.#state = next;
    if (previous.type === "connecting" && reason) previous.abort.abort(reason);
    if (previous.type === "connected") {
      const isDeliberate = next.type !== "connecting";
      if (isDeliberate) this.#closeSocket(previous.connection);
      this.#onEvent({ type: "disconnected", isDeliberate });
    }
    if (next.type === "connected") this.#onEvent({ type: "connected" });
  }

  #startConnecting(maxAttempts: number | null, delayMs: number): Promise<void> {
    const abort = new AbortController();
    const outcome = this.#attemptUntilConnected(abort, maxAttempts, delayMs);
    const ended = outcome.then(
      () => {},
      (error) => {
        // The call that aborted the attempts has changed the state already.
        if (abort.signal.aborted) return;
        if (error instanceof ConnectionError && !isPermanent(error, this.#wasConnected)) {
          this.#transition(closed);
          this.#onEvent({ type: "gave-up", error });
        } else {
          this.#transition(idle);
          this.#onEvent({ type: "failed", error });
        }
      },
    );
    this.#track(ended);
    // Last: a listener that disconnects in reaction waits for these attempts as well.
    this.#transition({ type: "connecting", abort, outcome });
    return outcome;
  }

  async #attemptUntilConnected(
    abort: AbortController,
    maxAttempts: number | null,
    delayMs: number,
  ): Promise<void> {
    const { clock, backoff, name } = this.#options;
    const { signal } = abort;
    // The state becomes "connecting" in this turn of the event loop.
    await Promise.resolve();
    if (delayMs > 0) await sleep(clock, delayMs, signal);
    for (let attempt = 1; ; attempt++) {
      let { socket, failure } = await this.#openSocket(signal);
      if (socket) failure = await this.#prepare(socket, abort);
      if (failure === null) return;
      signal.throwIfAborted();
      const error = toConnectionError(name, failure);
      const isFinal = isPermanent(error, this.#wasConnected);
      const isLast = isFinal || (maxAttempts !== null && attempt >= maxAttempts);
      const retryInMs = isLast ? null : backoff(attempt);
      this.#onEvent({ type: "attempt-failed", attempt, error, retryInMs });
      // A listener may have disconnected.
      signal.throwIfAborted();
      if (isFinal) throw error;
      if (retryInMs === null) {
        const times = attempt === 1 ? "1 attempt" : `${attempt} attempts`;
        const message = `could not connect to ${name} in ${times}: ${error.message}`;
        throw new ConnectionError(message, { cause: error });
      }
      await sleep(clock, retryInMs, signal);
    }
  }

  /** Prepares an open socket and makes it the connection. Returns null, or the failure. */
  async #prepare(socket: WebSocketLike, { signal }: AbortController): Promise<unknown> {
    const { clock, heartbeat: options } = this.#options;
    const lost = Promise.withResolvers<never>();
    const unusable = new AbortController();
    lost.promise.catch((error) => unusable.abort(error));
    const abort = () => lost.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    const sendPing = () => socket.ping() || this.#session.sendBarrier(socket);
    const heartbeat = new Heartbeat(clock, options, sendPing, () => socket.terminate());
    const end = Promise.withResolvers<void>();
    const connection: Connection = { socket, closed: end.promise, isClosing: false };
    socket.listen({
      message: (text) => {
        heartbeat.recordActivity();
        if (!connection.isClosing) this.#session.receive(text);
      },
      pong: () => heartbeat.recordActivity(),
      close: (code, reason) => {
        heartbeat.stop();
        lost.reject(new Error(`the node closed the connection with ${code} ${reason}`.trimEnd()));
        this.#handleClosed(connection);
        end.resolve();
      },
    });
    this.#track(connection.closed);
    try {
      // The signal may have aborted since the socket opened.
      signal.throwIfAborted();
      // `lost` comes first, so that it wins over a preparation that fails because of it.
      await Promise.race([lost.promise, this.#session.startConnection(socket, unusable.signal)]);
      signal.throwIfAborted();
    } catch (error) {
      this.#closeSocket(connection);
      return error ?? new Error("aborted");
    } finally {
      signal.removeEventListener("abort", abort);
    }
    this.#wasConnected = true;
    this.#transition({ type: "connected", connection, sinceMs: clock.now() });
    // The socket may have closed since the preparation ended.
    if (!socket.open) socket.terminate();
    return null;
  }

  /** Starts the closing handshake, and terminates the socket when the node does not complete it. */
  #closeSocket(connection: Connection): void {
    connection.isClosing = true;
    connection.socket.close(1_000, "disconnect");
    const timer = this.#options.clock.setTimeout(() => connection.socket.terminate(), closingTimeoutMs);
    void connection.closed.then(() => this.#options.clock.clearTimeout(timer));
  }

  /** Reconnects when the socket that closed was the connection. */
  #handleClosed(connection: Connection): void {
    const { clock, stableAfterMs, backoff } = this.#options;
    if (this.#state.type !== "connected" || this.#state.connection !== connection) return;
    const durationMs = clock.now() - this.#state.sinceMs;
    this.#shortConnections = durationMs < stableAfterMs ? this.#shortConnections + 1 : 0;
    this.#startConnecting(this.maxConnectAttempts, backoff(this.#shortConnections)).catch(() => {});
  }

  #track(promise: Promise<void>): void {
    this.#running.add(promise);
    void promise.then(() => this.#running.delete(promise));
  }
}
