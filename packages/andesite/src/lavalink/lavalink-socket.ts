import { Header, parseSnowflake } from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";
import { Deadline, raceSignal } from "../deadline.ts";
import { MalformedDataError, WrongAddressError } from "../errors.ts";
import type { AbstractHTTP } from "../http/abstract-http.ts";
import { RequestError } from "../http/request-error.ts";
import { isSameTrack } from "../web-socket/same-track.ts";
import type { SocketListener, WebSocketLike } from "../web-socket/socket.ts";
import { GuildQueues } from "./guild-queues.ts";
import { type KnownPlayer, toPlayerState } from "./known-player.ts";
import { playerAfter, toNodeMessage } from "./node-messages.ts";
import { filtersOf, findUnsupported } from "./operation-support.ts";
import { toPlayerRequest } from "./player-requests.ts";
import { isSessionGone, SessionRequests } from "./session-requests.ts";

type Json = Readonly<Record<string, unknown>>;

/** Messages of Lavalink 4 besides `ready`. */
const lavalinkOps: ReadonlySet<unknown> = new Set(["stats", "playerUpdate", "event"]);
/** Time for a peer to send `ready` and to answer the first requests, in ms. */
const openTimeoutMs = 10_000;
/** Messages that may arrive before a listener is set. */
const maxEarlyMessages = 65_536;
/** Their length in characters, together. */
const maxEarlyChars = 33_554_432;

/** What a {@link LavalinkSocket} needs. */
export interface LavalinkSocketOptions {
  /** Address of the WebSocket, for error messages. */
  readonly address: string;
  readonly userId: string;
  /** Sends the requests to the node. */
  readonly http: Pick<AbstractHTTP, "request">;
  /** Receives errors that concern no message, and parts of operations that the node does not have. */
  readonly onProblem: (error: unknown) => void;
}

/**
 * Socket of an Andesite node in front of a Lavalink 4 node: sends operations as requests, those of each guild in order, and
 * returns responses and messages in the form of Andesite.
 */
export class LavalinkSocket implements WebSocketLike {
  readonly #inner: WebSocketLike;
  readonly #options: LavalinkSocketOptions;
  readonly #queues = new GuildQueues();
  readonly #closing = new AbortController();
  readonly #requests: SessionRequests;
  readonly #closed = Promise.withResolvers<{ readonly code: number; readonly reason: string }>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #players = new Map<string, KnownPlayer>();
  /** Tracks of a resumed session, by guild. */
  readonly #resumedTracks = new Map<string, string>();
  #earlyMessages: Json[] = [];
  #earlyChars = 0;
  #listener: SocketListener | null = null;
  #sessionId: string | null = null;
  #isResumed = false;
  #filters: ReadonlySet<string> = new Set();
  #queuedChars = 0;

  private constructor(inner: WebSocketLike, options: LavalinkSocketOptions) {
    this.#inner = inner;
    this.#options = options;
    this.#requests = new SessionRequests(options.http, this.#closing.signal);
    inner.listen({
      message: (text) => this.#handleText(text),
      pong: () => this.#listener?.pong(),
      close: (code, reason) => {
        const error = new Error(`the node closed the connection with ${code} ${reason}`.trimEnd());
        this.#ready.reject(error);
        this.#closing.abort(error);
        this.#closed.resolve({ code, reason });
      },
    });
  }

  /**
   * Waits until an open connection can be used: for its session, the abilities of the node and, of a resumed session, the
   * players. Rejects with a `WrongAddressError` when the peer sends no `ready`; then the connection is terminated.
   */
  static async open(
    inner: WebSocketLike,
    signal: AbortSignal | null | undefined,
    options: LavalinkSocketOptions,
  ): Promise<LavalinkSocket> {
    const socket = new LavalinkSocket(inner, options);
    using deadline = new Deadline([signal, socket.#closing.signal], openTimeoutMs);
    try {
      await socket.#start(deadline.signal);
      return socket;
    } catch (error) {
      inner.terminate();
      throw error;
    }
  }

  /** Whether the session existed before this connection. */
  get isResumed(): boolean {
    return this.#isResumed;
  }

  /** Resolves when the connection has ended. */
  get closed(): Promise<unknown> {
    return this.#closed.promise;
  }

  /** Names of the node's filters, in Lavalink's spelling. */
  get filters(): ReadonlySet<string> {
    return this.#filters;
  }

  get open(): boolean {
    return this.#inner.open && !this.#closing.signal.aborted;
  }

  get bufferedBytes(): number {
    return this.#queuedChars;
  }

  header(name: string): string | null {
    return name === Header.CONNECTION_ID ? this.#sessionId : this.#inner.header(name);
  }

  listen(listener: SocketListener): void {
    this.#listener = listener;
    for (const message of this.#earlyMessages.splice(0)) this.#handleMessage(message);
    void this.#closed.promise.then(({ code, reason }) => listener.close(code, reason));
  }

  send(text: string, done: (error?: Error) => void): void {
    if (!this.open) {
      queueMicrotask(() => done(new Error("the connection is closed")));
      return;
    }
    // Not after the response: events that the operation causes may arrive before it.
    queueMicrotask(done);
    const payload: Json = JSON.parse(text);
    this.#handleOperation(String(payload["op"]), payload, text.length);
  }

  ping(): boolean {
    return this.#inner.ping();
  }

  close(code: number, reason: string): void {
    this.#inner.close(code, reason);
  }

  terminate(): void {
    this.#inner.terminate();
  }

  async #start(signal: AbortSignal): Promise<void> {
    const { address } = this.#options;
    await raceSignal(this.#ready.promise, signal).catch((error: unknown) => {
      if (!(error instanceof DOMException) || error.name !== "TimeoutError") throw error;
      throw noLavalinkError(address, error);
    });
    this.#filters = await this.#requests.filters(signal);
    if (!this.#isResumed) return;
    for (const [guildId, player] of await this.#requests.listPlayers(signal)) {
      this.#players.set(guildId, player);
      if (player.track !== null) this.#resumedTracks.set(guildId, player.track);
    }
  }

  #handleText(text: string): void {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      message = null;
    }
    if (!isRecord(message)) {
      this.#options.onProblem(new MalformedDataError("message", "", "a JSON object"));
    } else if (message["op"] === "ready") {
      // Requests and players belong to the session of the first one.
      if (this.#sessionId === null) this.#handleReady(message);
      else this.#options.onProblem(new MalformedDataError("ready", "", "sent once on a connection"));
    } else if (this.#listener) this.#handleMessage(message);
    else if (!lavalinkOps.has(message["op"]))
      this.#ready.reject(noLavalinkError(this.#options.address, text));
    // Statistics may arrive before `ready`, and the events of a resumed session before the players are known.
    else this.#keepEarly(message, text.length);
  }

  #keepEarly(message: Json, chars: number): void {
    this.#earlyChars += chars;
    if (this.#earlyMessages.push(message) > maxEarlyMessages || this.#earlyChars > maxEarlyChars) {
      this.#earlyMessages = [];
      this.terminate();
    }
  }

  #handleReady({ resumed, sessionId }: Json): void {
    if (typeof sessionId === "string") {
      this.#sessionId = sessionId;
      this.#requests.sessionId = sessionId;
      this.#isResumed = resumed === true;
      this.#ready.resolve();
    } else this.#ready.reject(new MalformedDataError("ready", "sessionId", "a string"));
  }

  #handleMessage(message: Json): void {
    const { op, guildId } = message;
    const known = this.#players.get(String(guildId));
    const changed = known && playerAfter(known, message);
    // The update of a player that is not known yet is followed by the response to the request that created it.
    if (op === "playerUpdate") {
      if (changed) this.#setPlayer(String(guildId), changed);
      return;
    }
    if (changed) this.#players.set(String(guildId), changed);
    this.#emit(toNodeMessage(message, this.#options.userId));
  }

  #handleOperation(op: string, payload: Json, chars: number): void {
    const guildId = typeof payload["guildId"] === "string" ? payload["guildId"] : null;
    switch (op) {
      case "ping": {
        const pong = { ...payload, op: "pong", userId: this.#options.userId };
        // Nodes of Andesite process messages in order, so a pong acknowledges the operations before it.
        void this.#queues.whenDone(guildId).then(() => this.#emit(pong));
        return;
      }
      case "event-buffer":
        this.#run("", op, payload, () => this.#requests.setTimeout(Number(payload["timeout"])));
        return;
      case "get-stats":
        this.#run(guildId ?? "", op, payload, async () => {
          const stats = await this.#requests.stats();
          this.#emit({ op: "stats", userId: this.#options.userId, stats });
        });
        return;
    }
    const unsupported = findUnsupported(op, payload, this.#filters);
    for (const error of unsupported) this.#options.onProblem(error);
    // Neither a queued track nor a whole operation has a part that could be sent.
    if (unsupported.some(({ field }) => field === null || field === "next")) return;
    const id = parseSnowflake(guildId ?? "");
    if (id === null) {
      this.#options.onProblem(new MalformedDataError(op, "guildId", "a snowflake"));
      return;
    }
    this.#queuedChars += chars;
    const perform = op === "get-player" ? () => this.#queryPlayer(id) : () => this.#change(op, id, payload);
    this.#run(id, op, payload, () => perform().finally(() => (this.#queuedChars -= chars)));
  }

  /** Runs a task after those of its guild. Its failure is that of an operation. */
  #run(key: string, op: string, payload: Json, task: () => Promise<void>): void {
    this.#queues.add(key, async () => {
      try {
        await task();
      } catch (error) {
        this.#handleFailure(op, payload, error);
      }
    });
  }

  async #change(op: string, guildId: string, payload: Json): Promise<void> {
    if (this.#continuesTrack(op, guildId, payload)) return;
    const known = this.#players.get(guildId) ?? null;
    const request = toPlayerRequest(op, this.#availablePart(op, payload), known);
    if (!request) return;
    const player = await this.#requests.change(guildId, request);
    if (player) this.#setPlayer(guildId, player);
    else this.#handleDestroyed(guildId);
  }

  /**
   * Returns whether an operation is the `play` with which a client subscribes again to a player that it finds after a
   * reconnect. Lavalink sends events to the session in any case, and would play a track again that has just ended.
   */
  #continuesTrack(op: string, guildId: string, { track, noReplace }: Json): boolean {
    const resumed = this.#resumedTracks.get(guildId);
    if (op !== "play" || resumed === undefined) return false;
    this.#resumedTracks.delete(guildId);
    return noReplace === true && isSameTrack(resumed, String(track));
  }

  /** Returns an operation without the filters that the node does not have. */
  #availablePart(op: string, payload: Json): Json {
    const missing = findUnsupported(op, payload, this.#filters).map(({ field }) => field);
    if (missing.length === 0) return payload;
    const filters = Object.entries(filtersOf(op, payload)).filter(
      ([name]) => !missing.includes(`filters.${name}`),
    );
    if (op === "filters") return Object.fromEntries(filters);
    return op === "update" ? { ...payload, filters: Object.fromEntries(filters) } : payload;
  }

  #handleDestroyed(guildId: string): void {
    const { userId } = this.#options;
    const known = this.#players.get(guildId);
    this.#players.delete(guildId);
    if (known) this.#emit({ op: "event", type: "PlayerDestroyedEvent", userId, guildId, cleanup: false });
    const state = known ? toPlayerState(known, Date.now(), { destroyed: true }) : null;
    this.#emit({ op: "player-update", userId, guildId, state });
  }

  #setPlayer(guildId: string, player: KnownPlayer): void {
    this.#players.set(guildId, player);
    const { userId } = this.#options;
    this.#emit({ op: "player-update", userId, guildId, state: toPlayerState(player, Date.now()) });
  }

  async #queryPlayer(guildId: string): Promise<void> {
    const player = await this.#requests.queryPlayer(guildId);
    if (player) {
      this.#setPlayer(guildId, player);
      return;
    }
    this.#players.delete(guildId);
    this.#emit({ op: "player-update", userId: this.#options.userId, guildId, state: null });
  }

  /** Reports a failure as nodes of Asterite do, or ends a connection whose next one repeats the operation. */
  #handleFailure(op: string, { guildId, track }: Json, error: unknown): void {
    if (this.#closing.signal.aborted) return;
    // The next connection restores the players of a lost session, and repeats what may not have arrived.
    if (isSessionGone(error) || error instanceof RequestError) {
      // Immediately: a pong after the failure would acknowledge the operation.
      this.#closing.abort(error);
      this.terminate();
      return;
    }
    if (typeof guildId !== "string") {
      this.#options.onProblem(error);
      return;
    }
    const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
    this.#emit({
      op: "event",
      type: "OperationFailedEvent",
      userId: this.#options.userId,
      guildId,
      operation: op,
      track: op === "play" ? track : null,
      error: message,
      exception: { class: name, message },
    });
  }

  #emit(message: Json): void {
    if (this.#closing.signal.aborted) return;
    let text: string;
    try {
      text = JSON.stringify(message);
    } catch (cause) {
      // Unlike `JSON.parse`, it exhausts the stack for the nesting that a hostile node can send.
      this.#options.onProblem(new MalformedDataError("message", "", "less deep nesting", { cause }));
      return;
    }
    this.#listener?.message(text);
  }
}

/** Error for an address at which there is no Lavalink 4 node. */
export const noLavalinkError = (address: string, cause: unknown): WrongAddressError =>
  new WrongAddressError("NOT_ANDESITE", `${address} does not answer as a Lavalink 4 node`, { cause });
