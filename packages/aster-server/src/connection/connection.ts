import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type ExtensionName, type ParsedRequest, parseRequest } from "@asterite/aster-protocol";
import { TokenBucket } from "@asterite/util";
import { Executor, type Outcome, onlyReads, standsAlone } from "../commands/execute.ts";
import { packetOf, type ServerContext, type Session } from "../commands/handler.ts";
import { type OutgoingPacket, push } from "../hub/outgoing-packet.ts";
import type { Receiver } from "../hub/subscriber.ts";
import type { Metrics } from "../metrics.ts";
import type { Store } from "../store/store.ts";
import { networkOf } from "./client-network.ts";
import type { Framing, FramingEvents } from "./framing/framing.ts";
import type { Flushable, Flusher } from "./write-batcher.ts";

/** Requests that are read ahead of the one being answered; more stay in the peer's socket. */
const readAhead = 64;
/** Length of the requests that are read ahead; what has begun is still read to its end. */
const readAheadLength = 1024 * 1024;
/** A batch ends when its replies are this large, so that a pipeline of large replies does not pile up. */
const batchBytes = 256 * 1024;
/** Above this many waiting bytes the next request waits until the peer has read. */
const backPressureBytes = 512 * 1024;

/** What a connection needs from the server around it. */
export interface ConnectionContext extends ServerContext {
  readonly store: Store;
  readonly flusher: Flusher;
  readonly metrics: Metrics;
}

let nextId = 1;

/**
 * One client from its first byte to its end: requests are answered strictly in order, and neither what it
 * sends nor what it fails to read can grow without bound.
 */
export class Connection implements Receiver, Session, FramingEvents, Flushable {
  /** Distinguishes it from every other connection of this process. */
  readonly id = nextId++;
  /** Resolves when the socket is closed and the last request has been finished. */
  readonly done: Promise<void>;
  readonly network: string;
  readonly #socket: Socket;
  readonly #server: ConnectionContext;
  readonly #executor: Executor;
  readonly #rate: TokenBucket;
  readonly #waiting: string[] = [];
  #waitingLength = 0;
  /** Pushes that arrived before the first byte decided the framing. */
  #early: OutgoingPacket[] = [];
  #framing: Framing | undefined;
  #user: number | undefined;
  #extensions: ReadonlySet<ExtensionName> = new Set();
  #client = "";
  #working: Promise<void> | undefined;
  /** What is to be written to the socket, and how many bytes that is. */
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  /** Bytes of own replies among all that wait; a large reply is no reason to cut its reader. */
  #replyBytes = 0;
  /** When the batch under way began; for measuring only. */
  #answeringSince = 0;
  /** When the last request came; kept only where idleness has a limit. */
  #heardAt = 0;
  #ended = false;
  #closed = false;

  constructor(socket: Socket, server: ConnectionContext) {
    const { connection } = server.settings;
    this.network = networkOf(socket.remoteAddress ?? "");
    this.#socket = socket;
    this.#server = server;
    this.#executor = new Executor(this, server, server.store);
    this.#rate = new TokenBucket(connection.requestsPerSecond, connection.requestBurst, () => server.now());
    this.done = new Promise<void>((resolve) => socket.once("close", () => resolve())).then(() =>
      this.#close(),
    );
    socket.on("error", (error) => {
      server.logger.debug({ err: error }, "socket failed");
      // After a bad TLS record Node leaves the socket open.
      socket.destroy();
    });
    socket.setTimeout(connection.stallTimeoutMs, () => {
      if (socket.writableLength > 0) this.cut("took nothing of what waits for it");
    });
    if (connection.idleTimeoutMs !== Number.POSITIVE_INFINITY) this.#watchIdleness(connection.idleTimeoutMs);
    server.hub.join(this);
  }

  /** Looks again when the limit could have been reached, so that a request costs no timer. */
  #watchIdleness(limitMs: number): void {
    this.#heardAt = performance.now();
    const look = (): void => {
      const leftMs = this.#heardAt + limitMs - performance.now();
      if (leftMs <= 0) this.cut("said nothing for too long");
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
  release(): void {
    this.#socket.setTimeout(0);
    void this.#close();
  }

  /** How packets are cut out of its bytes, once that is known. */
  get framing(): Framing["kind"] | undefined {
    return this.#framing?.kind;
  }

  /** Bytes that wait for the peer to read them. */
  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  logIn(user: number): void {
    if (this.#closed) return;
    this.#user = user;
    this.#server.hub.sessionOpened(this);
  }

  extend(client: string, extensions: ReadonlySet<ExtensionName>): void {
    if (this.#closed) return;
    this.#client = client;
    this.#extensions = extensions;
    this.#server.hub.extended(this);
  }

  whoIsOnline(): OutgoingPacket {
    return this.#server.hub.presence.answer(this);
  }

  /** The first byte has come: the version goes out before everything else. */
  begin(framing: Framing): void {
    this.#framing = framing;
    const [major, minor, patch] = this.#server.settings.apiVersion;
    this.deliver(push("API_version", { version: [major, minor, patch] }));
    const early = this.#early;
    this.#early = [];
    for (const packet of early) this.deliver(packet);
  }

  deliver(packet: OutgoingPacket): void {
    if (this.#closed) return;
    if (!this.#framing) {
      this.#early.push(packet);
      if (this.#early.length > readAhead) this.#early.shift();
      return;
    }
    this.#server.metrics.pushesDelivered++;
    this.#write(this.#framing.encode(packet, this.#extensions.size > 0));
    if (this.#waitingBytes - this.#replyBytes > this.#server.settings.connection.queuedBytes) {
      this.cut("reads too slowly");
    }
  }

  get #waitingBytes(): number {
    return this.#socket.writableLength + this.#gatheredBytes;
  }

  received(text: string): void {
    if (this.#heardAt !== 0) this.#heardAt = performance.now();
    this.#waiting.push(text);
    this.#waitingLength += text.length;
    if (this.#hasReadEnough) this.#framing?.pause();
    this.#working ??= this.#work();
  }

  get #hasReadEnough(): boolean {
    return this.#waiting.length >= readAhead || this.#waitingLength >= readAheadLength;
  }

  #takeWaiting(): string {
    const text = this.#waiting.shift() ?? "";
    this.#waitingLength -= text.length;
    return text;
  }

  ended(): void {
    this.#ended = true;
    if (!this.#working) this.#end();
  }

  broken(reason: string): void {
    this.#server.logger.debug({ reason, framing: this.#framing?.kind }, "connection broken by its peer");
    this.#server.metrics.cutFor("broken framing");
    this.ended();
  }

  /** Answers what has been read, then says goodbye. */
  end(): void {
    if (!this.#framing) this.#socket.destroy();
    else this.ended();
  }

  /** Ends without a goodbye. */
  destroy(): void {
    this.#socket.destroy();
  }

  async #work(): Promise<void> {
    try {
      while (this.#waiting.length > 0 && !this.#closed) {
        const pauseMs = this.#rate.takeOnCredit();
        if (pauseMs > 0) await delay(pauseMs);
        await this.#answerNext();
        if (this.#waitingBytes > backPressureBytes) await this.#drained();
        if (!this.#hasReadEnough && !this.#ended) this.#framing?.resume();
      }
    } catch (error) {
      this.#server.logger.error({ err: error }, "connection failed");
      this.#socket.destroy();
    } finally {
      this.#working = undefined;
      if (this.#ended) this.#end();
    }
  }

  async #answerNext(): Promise<void> {
    this.#answeringSince = performance.now();
    const first = parseRequest(this.#takeWaiting());
    if (!first.ok || first.request.command !== "hello") this.#server.hub.presence.decide(this);
    if (first.ok && standsAlone(first)) {
      await this.#executor.runAlone(first.request, (outcome) => this.#conclude(outcome));
    } else {
      await this.#answerBatch(first);
    }
  }

  /**
   * Runs consecutive requests in one transaction; nothing leaves before its commit. Where the store is shared,
   * requests that only read are not held up by those that write.
   */
  async #answerBatch(first: ParsedRequest): Promise<void> {
    const begun = [first];
    const isReading = this.#server.store.sharedLog !== undefined && onlyReads(first);
    try {
      await this.#server.store.transact<Outcome[]>({
        isReadOnly: isReading,
        run: async (tx) => {
          const outcomes: Outcome[] = [];
          let bytes = 0;
          for (const parsed of begun) {
            const outcome = await this.#executor.runShared(parsed, tx);
            outcomes.push(outcome);
            bytes += outcome.reply.size;
            const next = this.#nextOfBatch(bytes, isReading);
            if (next) begun.push(next);
          }
          return outcomes;
        },
        onCommit: (outcomes) => {
          for (const outcome of outcomes) this.#conclude(outcome);
        },
      });
    } catch (error) {
      for (const parsed of begun) {
        this.#conclude(this.#executor.failed(parsed.ok ? parsed.request.command : "unknown", error));
      }
    }
  }

  #nextOfBatch(bytes: number, isReading: boolean): ParsedRequest | undefined {
    const text = this.#waiting[0];
    if (text === undefined || bytes >= batchBytes || this.#closed) return undefined;
    const parsed = parseRequest(text);
    if (standsAlone(parsed) || (isReading && !onlyReads(parsed)) || !this.#rate.tryTake()) return undefined;
    this.#takeWaiting();
    return parsed;
  }

  #conclude(outcome: Outcome): void {
    for (const effect of outcome.effects) {
      try {
        effect();
      } catch (error) {
        this.#server.logger.error({ err: error }, "effect failed");
      }
    }
    const { metrics } = this.#server;
    metrics.answered(outcome.command, outcome.status, performance.now() - this.#answeringSince);
    if (this.#closed || !this.#framing) return;
    const bytes = this.#framing.encode(packetOf(outcome.reply), false);
    this.#write(bytes);
    this.#replyBytes += bytes.length;
  }

  #write(bytes: Buffer): void {
    this.#server.metrics.bytesSent += bytes.length;
    if (this.#gathered.length === 0) {
      // Whatever was counted, there are no more replies waiting than bytes.
      this.#replyBytes = Math.min(this.#replyBytes, this.#socket.writableLength);
      this.#server.flusher.add(this);
    }
    this.#gathered.push(bytes);
    this.#gatheredBytes += bytes.length;
  }

  /** Hands everything that was gathered to the socket. */
  flush(join: (buffers: readonly Buffer[]) => Buffer): void {
    if (this.#gathered.length === 0) return;
    const gathered = this.#gathered;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    if (!this.#socket.destroyed) this.#socket.write(join(gathered));
  }

  /** Says goodbye behind all that was gathered. */
  #end(): void {
    this.flush(Buffer.concat);
    this.#framing?.end();
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed) return resolve();
      const done = (): void => {
        this.#socket.off("drain", done).off("close", done);
        resolve();
      };
      this.#socket.on("drain", done).on("close", done);
    });
  }

  cut(reason: string): void {
    this.#server.logger.info({ reason, user: this.#user }, "connection cut");
    this.#server.metrics.cutFor(reason);
    this.#closed = true;
    this.#socket.destroy();
  }

  async #close(): Promise<void> {
    this.#closed = true;
    this.#early = [];
    this.#waiting.length = 0;
    this.#waitingLength = 0;
    const { hub, states } = this.#server;
    for (const state of states.drop(this.id)) {
      const audience = { kind: "readers", channel: state.channel, extension: "state" } as const;
      hub.publish(audience, push("channel_state", { ...state, value: null }));
    }
    if (hub.leave(this).wentOffline) hub.presence.announce();
    await this.#working;
  }
}
