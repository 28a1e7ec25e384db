import type { Socket } from "node:net";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { type ExtensionName, type ParsedRequest, parseRequest } from "@asterite/aster-protocol";
import { Executor, isExclusive, isReadOnly, type Outcome } from "../commands/execute.ts";
import { resolveReply, type ServerContext, type Session, type SessionOrigin } from "../commands/handler.ts";
import { type OutgoingPacket, push } from "../hub/outgoing-packet.ts";
import type { Subscriber } from "../hub/subscriber.ts";
import type { Metrics } from "../metrics.ts";
import type { Store } from "../store/store.ts";
import type { ApiVersion } from "./api-version.ts";
import type { Capacity, LimitedConnection } from "./capacity.ts";
import type { Framing, FramingListener } from "./framing/framing.ts";
import { GuestBuffer } from "./guest-buffer.ts";
import { RequestRates } from "./request-rates.ts";
import { SocketWriter } from "./socket-writer.ts";
import type { WriteBatcher } from "./write-batcher.ts";

/** Limit of requests read ahead of the one being processed; above it the socket is paused. */
const maxReadAhead = 64;
/**
 * Limit of their total length, in characters; a request that is already being received is still read to its
 * end.
 */
const maxReadAheadLength = 1024 * 1024;
/** Size of the replies at which a batch ends, so that pipelined large replies do not accumulate. */
const maxBatchBytes = 256 * 1024;
/** Time after which a batch ends, so that pipelined slow requests do not delay other connections. */
const maxBatchMs = 5;
/** WebSocket ping frame without data. */
const emptyPing = Buffer.of(0x89, 0);
/** Unsent bytes above which the next request waits until the socket has drained. */
const backPressureBytes = 512 * 1024;
/** Server-wide dependencies of a connection. */
export interface ConnectionContext extends ServerContext {
  readonly store: Store;
  readonly writeBatcher: WriteBatcher;
  readonly metrics: Metrics;
  readonly capacity: Capacity;
}

let nextId = 1;

/**
 * One client connection. Requests are answered strictly in order, and the memory for received requests and
 * unsent packets is bounded.
 */
export class Connection implements Subscriber, Session, FramingListener, LimitedConnection {
  /** Unique among the connections of this process. */
  readonly id = nextId++;
  /** Resolves when the socket is closed and the last request is completed. */
  readonly done: Promise<void>;
  /** Network of the client that limits count as one address. Set before the first request. */
  network: string;
  /** Whether a web page of another site opened the connection. Set before the first request. */
  isForeignPage = false;
  readonly #socket: Socket;
  readonly #server: ConnectionContext;
  readonly #executor: Executor;
  readonly #writer: SocketWriter;
  readonly #guestBuffer: GuestBuffer;
  readonly rate: RequestRates;
  readonly #requests: string[] = [];
  #requestsLength = 0;
  /** Requests answered without a transaction. */
  #answers = 0;
  #isRequestRunning = false;
  /** Pushes held back until the first byte determines the framing. */
  #earlyPushes: OutgoingPacket[] = [];
  #framing: Framing | undefined;
  #user: number | undefined;
  #extensions: ReadonlySet<ExtensionName> = new Set();
  #client = "";
  #origin: SessionOrigin | undefined;
  #hasSentHello = false;
  #isCut = false;
  #processing: Promise<void> | undefined;
  /** Start of the current batch, for metrics. */
  #batchStartedAt = 0;
  #lastRequestAt = performance.now();
  #idleTimer: NodeJS.Timeout | undefined;
  /** Set while nothing is read because of too many frames. */
  #frameTimer: NodeJS.Timeout | undefined;
  #pingTimer: NodeJS.Timeout | undefined;
  #isEnding = false;
  #isClosed = false;

  constructor(socket: Socket, server: ConnectionContext, network: string) {
    this.network = network;
    this.#socket = socket;
    this.#server = server;
    this.#executor = new Executor(this, server, server.store);
    this.#writer = new SocketWriter(socket, server.writeBatcher);
    this.#guestBuffer = new GuestBuffer(this, server.capacity);
    this.rate = new RequestRates(server.capacity, network);
    this.done = new Promise<void>((resolve) => socket.once("close", () => resolve())).then(() =>
      this.#handleClose(),
    );
    socket.on("error", (error) => {
      server.logger.debug({ err: error }, "socket failed");
      // Node leaves the socket open after a bad TLS record.
      socket.destroy();
    });
    this.watchForStalls();
    this.#startIdleTimer();
    server.hub.join(this);
    this.#guestBuffer.open();
  }

  /** Disconnects when the peer reads none of its pending data for a while. */
  watchForStalls(): void {
    this.#socket.removeAllListeners("timeout");
    this.#socket.setTimeout(this.#server.settings.connection.stallTimeoutMs, () => {
      if (this.#socket.writableLength > 0) this.disconnect("write stalled");
    });
  }

  /** Checks again when the limit could be reached next, so that requests do not restart a timer. */
  #startIdleTimer(): void {
    const { connection } = this.#server.settings;
    const { guestIdleTimeoutMs } = this.#server.capacity.limits;
    const limitMs =
      this.#user === undefined
        ? Math.min(connection.idleTimeoutMs, guestIdleTimeoutMs)
        : connection.idleTimeoutMs;
    clearTimeout(this.#idleTimer);
    if (limitMs === Number.POSITIVE_INFINITY || this.#isClosed) return;
    const check = (): void => {
      const leftMs = this.#lastRequestAt + limitMs - performance.now();
      if (leftMs <= 0) this.disconnect("idle timeout");
      else this.#idleTimer = setTimeout(check, Math.ceil(leftMs));
    };
    check();
  }

  /** The logged-in account, if any. */
  get user(): number | undefined {
    return this.#user;
  }

  /** Whether the connection is closed: no reply is waited for. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Extensions that the client negotiated with `hello`. */
  get extensions(): ReadonlySet<ExtensionName> {
    return this.#extensions;
  }

  /** Name and version from the client's `hello`. */
  get client(): string {
    return this.#client;
  }

  get origin(): SessionOrigin | undefined {
    return this.#origin;
  }

  get token(): number | undefined {
    return this.#origin?.token?.id;
  }

  get hasSentHello(): boolean {
    return this.#hasSentHello;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** Whether the framing is determined. */
  get isFramed(): boolean {
    return this.#framing !== undefined;
  }

  /** The peer sent a plain HTTP request. Stops treating this socket as a chat connection. */
  detach(): void {
    void this.#handleClose();
  }

  /** Type of the framing, once it is determined. */
  get framingType(): Framing["type"] | undefined {
    return this.#framing?.type;
  }

  /** Bytes that the peer has not read. */
  get queuedBytes(): number {
    return this.#writer.unsentBytes;
  }

  logIn(user: number, origin: SessionOrigin): void {
    if (this.#isClosed) return;
    const { capacity, hub } = this.#server;
    this.#guestBuffer.close();
    if (this.#user !== undefined) capacity.closeSession(this.#user, this);
    this.#user = user;
    this.#origin = origin;
    this.rate.assignAccount(capacity.openSession(user, this));
    this.#startIdleTimer();
    hub.openSession(this);
  }

  applyHello(client: string, extensions: ReadonlySet<ExtensionName>): void {
    if (this.#isClosed) return;
    this.#client = client;
    this.#hasSentHello = true;
    this.#extensions = extensions;
    this.#server.hub.updateExtensions(this);
    this.#startPings();
  }

  /** Keeps the connections of browsers open, whose own timers stop in hidden tabs. */
  #startPings(): void {
    clearInterval(this.#pingTimer);
    if (this.#framing?.type !== "websocket" || this.#extensions.size === 0) return;
    const { pingIntervalMs } = this.#server.settings.connection;
    this.#pingTimer = setInterval(() => this.sendControl(emptyPing), pingIntervalMs);
  }

  replyToOnline(): OutgoingPacket {
    return this.#server.hub.presence.replyTo(this);
  }

  /** Replaces the address of a proxy by that of its client, before the first request. */
  assignNetwork(network: string): void {
    this.network = network;
    this.rate.assignNetwork(network);
  }

  /** Starts the protocol: sends the version, if any, then the pushes held back so far. */
  startFraming(framing: Framing, version: ApiVersion | undefined): void {
    this.#framing = framing;
    if (version) {
      const [major, minor, patch] = version;
      this.#push(push("API_version", { version: [major, minor, patch] }));
    }
    const early = this.#earlyPushes;
    this.#earlyPushes = [];
    for (const packet of early) this.#push(packet);
  }

  deliver(packet: OutgoingPacket): void {
    if (this.#user !== undefined || !this.#server.settings.loginRequired) this.#push(packet);
  }

  #push(packet: OutgoingPacket): void {
    if (this.#isClosed) return;
    if (!this.#framing) {
      this.#earlyPushes.push(packet);
      if (this.#earlyPushes.length > maxReadAhead) this.#earlyPushes.shift();
      return;
    }
    this.#server.metrics.pushesDelivered++;
    this.#writeUnasked(this.#framing.encode(packet, this.#extensions.size > 0));
  }

  /** Writes bytes that the client did not ask for, which it has to read. */
  #writeUnasked(bytes: Buffer): void {
    this.#write(bytes);
    if (this.#writer.unsentPushBytes > this.#server.settings.connection.queuedBytes) {
      this.disconnect("push queue full");
    }
  }

  get maxMessageBytes(): number {
    const { line } = this.#server.settings.limits;
    return this.#user === undefined ? Math.min(line, this.#server.capacity.limits.guestMessageBytes) : line;
  }

  get isLimitPending(): boolean {
    return this.#user === undefined && (this.#isRequestRunning || this.#requests.length > 0);
  }

  resizeUnfinished(bytes: number): void {
    this.#guestBuffer.resizeUnfinished(bytes);
  }

  countFrames(frames: number): void {
    const pauseMs = this.rate.takeFrames(frames);
    if (pauseMs === 0 || this.#frameTimer || this.#isClosed) return;
    this.#framing?.pause();
    this.#frameTimer = setTimeout(() => {
      this.#frameTimer = undefined;
      this.#resumeReading();
    }, pauseMs);
  }

  #resumeReading(): void {
    if (!this.#isReadAheadFull && !this.#frameTimer) this.#framing?.resume();
  }

  /** Sends a control frame between the packets. */
  sendControl(bytes: Buffer): void {
    if (!this.#isClosed) this.#writeUnasked(bytes);
  }

  handleRequest(text: string): void {
    // Read on and dropped, because a WebSocket closes only once the peer's close frame is read.
    if (this.#isEnding) return;
    this.#lastRequestAt = performance.now();
    this.#requests.push(text);
    this.#requestsLength += text.length;
    this.#guestBuffer.resizeWaiting(this.#requestsLength);
    if (this.#isReadAheadFull) this.#framing?.pause();
    this.#processing ??= this.#processRequests();
  }

  get #isReadAheadFull(): boolean {
    return this.#requests.length >= maxReadAhead || this.#requestsLength >= maxReadAheadLength;
  }

  #shiftRequest(): string {
    const text = this.#requests.shift() ?? "";
    this.#requestsLength -= text.length;
    this.#guestBuffer.resizeWaiting(this.#requestsLength);
    return text;
  }

  #dropRequests(): void {
    this.#requests.length = 0;
    this.#requestsLength = 0;
    this.#guestBuffer.resizeWaiting(0);
  }

  handleEnd(): void {
    this.#isEnding = true;
    if (!this.#processing) this.#endFraming();
  }

  handleFramingError(reason: string): void {
    this.#server.logger.debug({ reason, framing: this.#framing?.type }, "framing error");
    this.#server.metrics.countDisconnect("framing error");
    this.handleEnd();
  }

  /** Closes the connection after answering the requests read so far. */
  end(): void {
    if (!this.#framing) this.#socket.destroy();
    else this.handleEnd();
  }

  endSession(): void {
    this.#dropRequests();
    this.end();
  }

  /** Destroys the socket. */
  destroy(): void {
    this.#socket.destroy();
  }

  async #processRequests(): Promise<void> {
    try {
      while (this.#requests.length > 0 && !this.#isClosed) {
        const pauseMs = this.rate.take(this.#requests[0]);
        if (pauseMs > 0) await delay(pauseMs);
        this.#isRequestRunning = true;
        await this.#processNext();
        this.#isRequestRunning = false;
        await this.#writer.waitUntilSent(backPressureBytes);
        this.#resumeReading();
      }
    } catch (error) {
      this.#server.logger.error({ err: error }, "connection failed");
      this.#socket.destroy();
    } finally {
      this.#processing = undefined;
      if (this.#isEnding) this.#endFraming();
    }
  }

  async #processNext(): Promise<void> {
    this.#batchStartedAt = performance.now();
    const first = parseRequest(this.#shiftRequest());
    if (!first.ok || first.request.command !== "hello") this.#server.hub.presence.subscribeToLists(this);
    const answer = this.#executor.answer(first);
    if (answer) {
      this.#applyOutcome(answer);
      // Nothing else here waits for the event loop, and a chunk may hold thousands of short requests.
      if (++this.#answers % maxReadAhead === 0) await nextTurn();
    } else if (first.ok && isExclusive(first)) {
      await this.#executor.runExclusive(first.request, (outcome) => this.#applyOutcome(outcome));
    } else {
      await this.#processBatch(first);
    }
  }

  /**
   * Runs consecutive requests in one transaction and sends their replies after its commit. With a shared
   * store, read-only requests do not share a transaction with writes, so that they need not wait for the
   * write lock.
   */
  async #processBatch(first: ParsedRequest): Promise<void> {
    const batch = [first];
    const isReadOnlyBatch = this.#server.store.sharedLog !== undefined && isReadOnly(first);
    try {
      await this.#server.store.transact<Outcome[]>({
        isReadOnly: isReadOnlyBatch,
        rate: this.rate,
        run: async (tx) => {
          const outcomes: Outcome[] = [];
          let bytes = 0;
          for (const parsed of batch) {
            const outcome = await this.#executor.runShared(parsed, tx);
            outcomes.push(outcome);
            bytes += outcome.reply.size;
            const next = this.#takeNextOfBatch(bytes, isReadOnlyBatch);
            if (next) batch.push(next);
          }
          return outcomes;
        },
        onCommit: (outcomes) => {
          for (const outcome of outcomes) this.#applyOutcome(outcome);
        },
      });
    } catch (error) {
      for (const parsed of batch) {
        this.#applyOutcome(
          this.#executor.failureOutcome(parsed.ok ? parsed.request.command : "unknown", error),
        );
      }
    }
  }

  #takeNextOfBatch(bytes: number, isReadOnlyBatch: boolean): ParsedRequest | undefined {
    const text = this.#requests[0];
    if (text === undefined || bytes >= maxBatchBytes || this.#isClosed) return undefined;
    if (performance.now() - this.#batchStartedAt > maxBatchMs) return undefined;
    const parsed = parseRequest(text);
    if (isExclusive(parsed) || (isReadOnlyBatch && !isReadOnly(parsed))) return undefined;
    if (!this.rate.tryTake(text)) return undefined;
    this.#shiftRequest();
    return parsed;
  }

  #applyOutcome(outcome: Outcome): void {
    for (const effect of outcome.effects) {
      try {
        effect();
      } catch (error) {
        this.#server.logger.error({ err: error, command: outcome.command }, "after-commit effect failed");
      }
    }
    const { metrics } = this.#server;
    metrics.countCommand(outcome.command, outcome.status, performance.now() - this.#batchStartedAt);
    if (this.#isClosed || !this.#framing) return;
    const bytes = this.#framing.encode(resolveReply(outcome.reply), false);
    this.#write(bytes, true);
    this.rate.takeReply(bytes.length);
  }

  #write(bytes: Buffer, isReply = false): void {
    this.#server.metrics.bytesSent += bytes.length;
    this.#writer.write(bytes, isReply);
  }

  /** Writes the pending packets, then closes the framing. */
  #endFraming(): void {
    this.#writer.finish(() => this.#framing?.end());
  }

  disconnect(reason: string): void {
    this.#server.logger.info({ reason, user: this.#user }, "client disconnected");
    this.#server.metrics.countDisconnect(reason);
    this.#isClosed = true;
    this.#isCut = true;
    this.#socket.destroy();
  }

  async #handleClose(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#frameTimer);
    clearInterval(this.#pingTimer);
    this.#earlyPushes = [];
    this.#dropRequests();
    const { capacity, hub, states, tokenUses, searches } = this.#server;
    searches.stop(this.id);
    // The session used its token up to now, which may be long after the login.
    const hash = this.#origin?.token?.hash;
    if (hash) tokenUses.record({ hash, date: Math.floor(this.#server.now() / 1000) });
    this.#guestBuffer.close();
    if (this.#user !== undefined) capacity.closeSession(this.#user, this);
    for (const state of states.removeByWriter(this.id)) {
      const audience = { type: "readers", channel: state.channel, extension: "state" } as const;
      hub.publish(audience, push("channel_state", { ...state, value: null }));
    }
    if (hub.leave(this).wentOffline) hub.presence.announce();
    await this.#processing;
  }
}
