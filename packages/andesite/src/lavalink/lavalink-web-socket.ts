import { Header, type SnowflakeLike } from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";
import { sendsHeaders } from "#platform";
import { requireKnownOptions } from "../checks.ts";
import { sleep, systemClock } from "../clock.ts";
import { OutOfRangeError, WrongAddressError } from "../errors.ts";
import { HTTPBase, type HTTPOptions, httpOptionNames } from "../http/http-base.ts";
import { USER_AGENT } from "../http/user-agent.ts";
import { addressOf } from "../web-socket/address.ts";
import { emitProblem } from "../web-socket/emit-event.ts";
import type { SocketOptions } from "../web-socket/socket-options.ts";
import { type ConnectAttempt, readWebSocketUri } from "../web-socket/try-connect.ts";
import { WebSocket } from "../web-socket/web-socket.ts";
import { type WebSocketClientOptions, webSocketOptionNames } from "../web-socket/web-socket-options.ts";
import { LavalinkSocket, noLavalinkError } from "./lavalink-socket.ts";
import { findUnsupported } from "./operation-support.ts";
import { UnsupportedOperationError } from "./unsupported-operation-error.ts";

/** Options of {@link LavalinkWebSocket}. */
export interface LavalinkWebSocketOptions extends WebSocketClientOptions {
  /** Options of the HTTP client that sends the operations. `socket.ca` has no effect on it. */
  readonly httpOptions?: HTTPOptions | null | undefined;
}

type LavalinkAttempt =
  | { readonly socket: LavalinkSocket; readonly failure: null }
  | { readonly socket: null; readonly failure: unknown };

const [clientName = ""] = USER_AGENT.split(" ");
const path = "/v4/websocket";
/** Delay before the second attempt to resume a session whose old connection the node may still count as open, in ms. */
const resumeRetryMs = 1_000;
const defaultSessionSeconds = 60;

/**
 * WebSocket client of one Lavalink 4 node, with the methods and events of {@link WebSocket}. Operations are sent as
 * requests to the node; a lost connection is resumed with its session, and a session that is gone is restored from the
 * state. Node.js only: browsers cannot send the headers that Lavalink requires.
 *
 * What the node does not have rejects with an {@link UnsupportedOperationError}. It is the error of a `ProblemEvent` where
 * there is no caller: for filters that were sent before the first connection, and for players that come from an Andesite
 * node. The rest of such operations is applied.
 */
export class LavalinkWebSocket extends WebSocket {
  readonly #http: HTTPBase;
  readonly #sessionMs: number;
  /** Names of the node's filters; null before the first connection. */
  #filters: ReadonlySet<string> | null = null;
  /** Times of `performance.now()`: the start of the session, and the loss of its last connection. */
  #sessionStartMs = 0;
  #connectionEndMs = 0;

  /**
   * @param wsUri - Address of the node's WebSocket, such as `ws://localhost:2333/v4/websocket`. Requests are sent to the
   *   same host and port.
   * @param userId - Id of the bot; null to set the property of the same name before connecting.
   * @throws InvalidTypeError, OutOfRangeError, SnowflakeTypeError, SnowflakeRangeError naming the argument.
   */
  constructor(
    wsUri: string | URL,
    userId: SnowflakeLike | null,
    password: string | null,
    options?: LavalinkWebSocketOptions | null,
  ) {
    requireKnownOptions("", options, ["httpOptions", ...webSocketOptionNames]);
    const { httpOptions, ...webSocketOptions } = options ?? {};
    requireKnownOptions("httpOptions.", httpOptions, httpOptionNames);
    super(wsUri, userId, password, webSocketOptions);
    const url = readWebSocketUri(wsUri, "wsUri");
    if (!url.pathname.endsWith(path))
      throw new OutOfRangeError("wsUri", `a URL whose path ends with ${path}`);
    url.pathname = url.pathname.slice(0, -path.length);
    url.protocol = url.protocol.replace("ws", "http");
    this.#http = new HTTPBase(url, password, { debug: webSocketOptions.debug, ...httpOptions });
    this.#sessionMs = 1_000 * (webSocketOptions.eventBufferSeconds ?? defaultSessionSeconds);
  }

  /**
   * Sends a message, see {@link WebSocket.send}. Also rejects with an {@link UnsupportedOperationError} for what the node
   * does not have.
   */
  override async send(guildId: SnowflakeLike, op: string, payload: Record<string, unknown>): Promise<void> {
    const isMessage = typeof op === "string" && isRecord(payload);
    const [unsupported] = isMessage ? findUnsupported(op, payload, this.#filters) : [];
    if (unsupported) throw unsupported;
    await super.send(guildId, op, payload);
  }

  protected override async openSocket(url: URL, options: SocketOptions): Promise<ConnectAttempt> {
    if (!sendsHeaders) {
      throw new UnsupportedOperationError("connect", null, "browsers cannot send the headers of Lavalink");
    }
    const {
      [Header.RESUME_ID]: sessionId,
      [Header.EXTENSIONS]: _extensions,
      ...headers
    } = options.headers ?? {};
    const signal = options.signal ?? new AbortController().signal;
    const attemptOptions = {
      ...options,
      headers: {
        ...headers,
        "Client-Name": clientName,
        ...(sessionId !== undefined && { "Session-Id": sessionId }),
      },
    };
    const attempt = await this.#attempt(url, attemptOptions);
    const { socket } = attempt;
    if (!socket || socket.isResumed || sessionId === undefined) return this.#accept(attempt);
    let mayResume = true;
    try {
      mayResume = await this.#mayResume(signal);
    } finally {
      // The node may not have noticed the end of the last connection before this one began.
      if (mayResume) socket.terminate();
    }
    if (!mayResume) return this.#accept(attempt);
    await sleep(systemClock, resumeRetryMs, signal);
    return this.#accept(await this.#attempt(url, attemptOptions));
  }

  #accept(attempt: LavalinkAttempt): LavalinkAttempt {
    const { socket } = attempt;
    if (!socket) return attempt;
    this.#filters = socket.filters;
    if (!socket.isResumed) this.#sessionStartMs = performance.now();
    void socket.closed.then(() => (this.#connectionEndMs = performance.now()));
    return attempt;
  }

  async #attempt(url: URL, options: SocketOptions): Promise<LavalinkAttempt> {
    const address = addressOf(url);
    const { socket, failure } = await super.openSocket(url, options);
    if (!socket) {
      const isOther = failure instanceof WrongAddressError && !failure.fault.endsWith("TLS");
      return { socket: null, failure: isOther ? noLavalinkError(address, failure) : failure };
    }
    try {
      const opened = await LavalinkSocket.open(socket, options.signal, {
        address,
        userId: String(this.userId),
        http: this.#http,
        onProblem: (error) => emitProblem(this, error),
      });
      return { socket: opened, failure: null };
    } catch (error) {
      options.signal?.throwIfAborted();
      return { socket: null, failure: error };
    }
  }

  /** Returns whether the last session may still exist: it has not expired, and the node has not been restarted. */
  async #mayResume(signal: AbortSignal): Promise<boolean> {
    const nowMs = performance.now();
    if (nowMs - this.#connectionEndMs >= this.#sessionMs) return false;
    try {
      const stats = await this.#http.request("GET", "v4/stats", { signal });
      return isRecord(stats) && Number(stats["uptime"]) >= nowMs - this.#sessionStartMs;
    } catch (error) {
      signal.throwIfAborted();
      emitProblem(this, error);
      return false;
    }
  }
}
