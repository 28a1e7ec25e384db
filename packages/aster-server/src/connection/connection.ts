import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type ExtensionName, type ParsedRequest, parseRequest } from "@asterite/aster-protocol";
import { TokenBucket } from "@asterite/util";
import { Executor, isExclusive, isReadOnly, type Outcome } from "../commands/execute.ts";
import { resolveReply, type ServerContext, type Session } from "../commands/handler.ts";
import { type OutgoingPacket, push } from "../hub/outgoing-packet.ts";
import type { Subscriber } from "../hub/subscriber.ts";
import type { Metrics } from "../metrics.ts";
import type { Store } from "../store/store.ts";
import { clientNetworkOf } from "./client-network.ts";
import type { Framing, FramingListener } from "./framing/framing.ts";
import type { Flushable, WriteBatcher } from "./write-batcher.ts";

/** Requests that are read ahead of the one being answered; more stay in the peer's socket. */
const maxReadAhead = 64;
/** Length of the requests that are read ahead; what has begun is still read to its end. */
const maxReadAheadLength = 1024 * 1024;
/** A batch ends when its replies are this large, so that a pipeline of large replies does not pile up. */
const maxBatchBytes = 256 * 1024;
/** Above this many waiting bytes the next request waits until the peer has read. */
const backPressureBytes = 512 * 1024;

/** What a connection needs from the server around it. */
export interface ConnectionContext extends ServerContext {
  readonly store: Store;
  readonly writeBatcher: WriteBatcher;
  readonly metrics: Metrics;
}

let nextId = 1;

/**
 * One client from its first byte to its end: requests are answered strictly in order, and neither what it
 * sends nor what it fails to read can grow without bound.
 */
export class Connection implements Subscriber, Session, FramingListener, Flushable {
  /** Distinguishes it from every other connection of this process. */
  readonly id = nextId++;
  /** Resolves when the socket is closed and the last request has been finished. */
  readonly done: Promise<void>;
  readonly network: string;
  readonly #socket: Socket;
  readonly #server: ConnectionContext;
  readonly #executor: Executor;
  readonly #rateLimit: TokenBucket;
  readonly #requests: string[] = [];
  #requestsLength = 0;
  /** Pushes that arrived before the first byte decided the framing. */
  #earlyPushes: OutgoingPacket[] = [];
  #framing: Framing | undefined;
  #user: number | undefined;
  #extensions: ReadonlySet<ExtensionName> = new Set();
  #client = "";
  #processing: Promise<void> | undefined;
  /** What is to be written to the socket, and how many bytes that is. */
  #pendingWrites: Buffer[] = [];
  #pendingBytes = 0;
  /** Bytes of own replies among all that wait; a large reply is no reason to cut its reader. */
  #queuedReplyBytes = 0;
  /** When the batch under way began; for measuring only. */
  #batchStartedAt = 0;
  /** When the last request came; kept only where idleness has a limit. */
  #lastRequestAt = 0;
  #isEnding = false;
  #isClosed = false;

  constructor(socket: Socket, server: ConnectionContext) {
    const { connection } = server.settings;
    this.network = clientNetworkOf(socket.remoteAddress ?? "");
    this.#socket = socket;
    this.#server = server;
    this.#executor = new Executor(this, server, server.store);
    this.#rateLimit = new TokenBucket(connection.requestsPerSecond, connection.requestBurst, () =>
      server.now(),
    );
    this.done = new Promise<void>((resolve) => socket.once("close", () => resolve())).then(() =>
      this.#handleClose(),
    );
    socket.on("error", (error) => {
      server.logger.debug({ err: error }, "socket failed");
      // After a bad TLS record Node leaves the socket open.
      socket.destroy();
    });
    socket.setTimeout(connection.stallTimeoutMs, () => {
      if (socket.writableLength > 0) this.disconnect("took nothing of what waits for it");
    });
    if (connection.idleTimeoutMs !== Number.POSITIVE_INFINITY) this.#startIdleTimer(connection.idleTimeoutMs);
    server.hub.join(this);
  }

  /** Looks again when the limit could have been reached, so that a request costs no timer. */
  #startIdleTimer(limitMs: number): void {
    this.#lastRequestAt = performance.now();
    const look = (): void => {
      const leftMs = this.#lastRequestAt + limitMs - performance.now();
      if (leftMs <= 0) this.disconnect("said nothing for too long");
      else timer = setTimeout(look, Math.ceil(leftMs));
    };
    let timer = setTimeout(look, limitMs);
    this.#socket.once("close", () => clearTimeout(timer));
  }

  /** The account that is logged in here, if any. */
  get user(): number | undefined {
    return this.#user;
  }

  /** What the client asked for with `hello`. */
  get extensions(): ReadonlySet<ExtensionName> {
    return this.#extensions;
  }

  /** Name and version that the client gave with `hello`. */
  get client(): string {
    return this.#client;
  }

  /** Whether the first byte has come. */
  get isFramed(): boolean {
    return this.#framing !== undefined;
  }

  /** It turns out to be somebody who wants a page: nothing of the chat concerns it any more. */
  detach(): void {
    this.#socket.setTimeout(0);
    void this.#handleClose();
  }

  /** How packets are cut out of its bytes, once that is known. */
  get framingType(): Framing["type"] | undefined {
    return this.#framing?.type;
  }

  /** Bytes that wait for the peer to read them. */
  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  logIn(user: number): void {
    if (this.#isClosed) return;
    this.#user = user;
    this.#server.hub.openSession(this);
  }

  applyHello(client: string, extensions: ReadonlySet<ExtensionName>): void {
    if (this.#isClosed) return;
    this.#client = client;
    this.#extensions = extensions;
    this.#server.hub.updateExtensions(this);
  }

  replyToOnline(): OutgoingPacket {
    return this.#server.hub.presence.replyTo(this);
  }

  /** The first byte has come: the version goes out before everything else. */
  startFraming(framing: Framing): void {
    this.#framing = framing;
    const [major, minor, patch] = this.#server.settings.apiVersion;
    this.deliver(push("API_version", { version: [major, minor, patch] }));
    const early = this.#earlyPushes;
    this.#earlyPushes = [];
    for (const packet of early) this.deliver(packet);
  }

  deliver(packet: OutgoingPacket): void {
    if (this.#isClosed) return;
    if (!this.#framing) {
      this.#earlyPushes.push(packet);
      if (this.#earlyPushes.length > maxReadAhead) this.#earlyPushes.shift();
      return;
    }
    this.#server.metrics.pushesDelivered++;
    this.#write(this.#framing.encode(packet, this.#extensions.size > 0));
    if (this.#unsentBytes - this.#queuedReplyBytes > this.#server.settings.connection.queuedBytes) {
      this.disconnect("reads too slowly");
    }
  }

  get #unsentBytes(): number {
    return this.#socket.writableLength + this.#pendingBytes;
  }

  handleRequest(text: string): void {
    if (this.#lastRequestAt !== 0) this.#lastRequestAt = performance.now();
    this.#requests.push(text);
    this.#requestsLength += text.length;
    if (this.#isReadAheadFull) this.#framing?.pause();
    this.#processing ??= this.#processRequests();
  }

  get #isReadAheadFull(): boolean {
    return this.#requests.length >= maxReadAhead || this.#requestsLength >= maxReadAheadLength;
  }

  #shiftRequest(): string {
    const text = this.#requests.shift() ?? "";
    this.#requestsLength -= text.length;
    return text;
  }

  handleEnd(): void {
    this.#isEnding = true;
    if (!this.#processing) this.#endFraming();
  }

  handleFramingError(reason: string): void {
    this.#server.logger.debug({ reason, framing: this.#framing?.type }, "connection broken by its peer");
    this.#server.metrics.countDisconnect("broken framing");
    this.handleEnd();
  }

  /** Answers what has been read, then says goodbye. */
  end(): void {
    if (!this.#framing) this.#socket.destroy();
    else this.handleEnd();
  }

  /** Ends without a goodbye. */
  destroy(): void {
    this.#socket.destroy();
  }

  async #processRequests(): Promise<void> {
    try {
      while (this.#requests.length > 0 && !this.#isClosed) {
        const pauseMs = this.#rateLimit.takeOnCredit();
        if (pauseMs > 0) await delay(pauseMs);
        await this.#processNext();
        if (this.#unsentBytes > backPressureBytes) await this.#waitForDrain();
        if (!this.#isReadAheadFull && !this.#isEnding) this.#framing?.resume();
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
    if (first.ok && isExclusive(first)) {
      await this.#executor.runExclusive(first.request, (outcome) => this.#applyOutcome(outcome));
    } else {
      await this.#processBatch(first);
    }
  }

  /**
   * Runs consecutive requests in one transaction; nothing leaves before its commit. Where the store is shared,
   * requests that only read are not held up by those that write.
   */
  async #processBatch(first: ParsedRequest): Promise<void> {
    const begun = [first];
    const isReading = this.#server.store.shared !== undefined && isReadOnly(first);
    try {
      await this.#server.store.transact<Outcome[]>({
        onlyReads: isReading,
        run: async (tx) => {
          const outcomes: Outcome[] = [];
          let bytes = 0;
          for (const parsed of begun) {
            const outcome = await this.#executor.runShared(parsed, tx);
            outcomes.push(outcome);
            bytes += outcome.reply.size;
            const next = this.#takeNextOfBatch(bytes, isReading);
            if (next) begun.push(next);
          }
          return outcomes;
        },
        committed: (outcomes) => {
          for (const outcome of outcomes) this.#applyOutcome(outcome);
        },
      });
    } catch (error) {
      for (const parsed of begun) {
        this.#applyOutcome(
          this.#executor.failureOutcome(parsed.ok ? parsed.request.command : "unknown", error),
        );
      }
    }
  }

  #takeNextOfBatch(bytes: number, isReading: boolean): ParsedRequest | undefined {
    const text = this.#requests[0];
    if (text === undefined || bytes >= maxBatchBytes || this.#isClosed) return undefined;
    const parsed = parseRequest(text);
    if (isExclusive(parsed) || (isReading && !isReadOnly(parsed)) || !this.#rateLimit.tryTake())
      return undefined;
    this.#shiftRequest();
    return parsed;
  }

  #applyOutcome(outcome: Outcome): void {
    for (const effect of outcome.effects) {
      try {
        effect();
      } catch (error) {
        this.#server.logger.error({ err: error }, "effect failed");
      }
    }
    const { metrics } = this.#server;
    metrics.countCommand(outcome.command, outcome.status, performance.now() - this.#batchStartedAt);
    if (this.#isClosed || !this.#framing) return;
    const bytes = this.#framing.encode(resolveReply(outcome.reply), false);
    this.#write(bytes);
    this.#queuedReplyBytes += bytes.length;
  }

  #write(bytes: Buffer): void {
    this.#server.metrics.bytesSent += bytes.length;
    if (this.#pendingWrites.length === 0) {
      // Whatever was counted, there are no more replies waiting than bytes.
      this.#queuedReplyBytes = Math.min(this.#queuedReplyBytes, this.#socket.writableLength);
      this.#server.writeBatcher.add(this);
    }
    this.#pendingWrites.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  /** Hands everything that was gathered to the socket. */
  flush(join: (buffers: readonly Buffer[]) => Buffer): void {
    if (this.#pendingWrites.length === 0) return;
    const gathered = this.#pendingWrites;
    this.#pendingWrites = [];
    this.#pendingBytes = 0;
    if (!this.#socket.destroyed) this.#socket.write(join(gathered));
  }

  /** Says goodbye behind all that was gathered. */
  #endFraming(): void {
    this.flush(Buffer.concat);
    this.#framing?.end();
  }

  #waitForDrain(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed) return resolve();
      const done = (): void => {
        this.#socket.off("drain", done).off("close", done);
        resolve();
      };
      this.#socket.on("drain", done).on("close", done);
    });
  }

  disconnect(reason: string): void {
    this.#server.logger.info({ reason, user: this.#user }, "connection cut");
    this.#server.metrics.countDisconnect(reason);
    this.#isClosed = true;
    this.#socket.destroy();
  }

  async #handleClose(): Promise<void> {
    this.#isClosed = true;
    this.#earlyPushes = [];
    this.#requests.length = 0;
    this.#requestsLength = 0;
    const { hub, states } = this.#server;
    for (const state of states.removeByWriter(this.id)) {
      const audience = { kind: "readers", channel: state.channel, extension: "state" } as const;
      hub.publish(audience, push("channel_state", { ...state, value: null }));
    }
    if (hub.leave(this).wentOffline) hub.presence.announce();
    await this.#processing;
  }
}
