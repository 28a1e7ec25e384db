import type { NatsConnection, NodeConnectionOptions } from "@nats-io/transport-node";
import { parseNatsAddresses, redactNatsAddresses } from "./nats-address.ts";

const connectTimeoutMs = 2000;
const retryMs = 500;
/** A connection that is silent is asked so often, and given up after the second answer that does not come. */
const pingIntervalMs = 2000;
const maxUnansweredPings = 2;
const defaultMaxMessageBytes = 1024 * 1024;

type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** Where a link writes what happens. A pino logger fits as it is. */
export interface NatsLogger {
  /** Single messages. */
  readonly debug: Write;
  /** Connections made. */
  readonly info: Write;
  /** Connections lost. */
  readonly warn: Write;
}

/** What a {@link NatsLink} is made of. */
export interface NatsLinkOptions {
  /** As {@link parseNatsAddresses} takes them. */
  readonly addresses: string;
  /** Is told of connections made and lost, never with credentials. */
  readonly logger: NatsLogger;
}

type MessageHandler = (message: Uint8Array, subject: string) => void;

/**
 * A connection to NATS that is kept up until it is closed. It promises nothing: what is published while there is no
 * connection is dropped, and what others publish meanwhile is not heard. Nobody hears what they say themselves.
 */
export class NatsLink {
  readonly #options: Partial<NodeConnectionOptions>;
  readonly #redactedServers: string;
  readonly #logger: NatsLogger;
  readonly #receivers = new Map<string, MessageHandler>();
  readonly #connectedListeners: (() => void)[] = [];
  readonly #closing = Promise.withResolvers<void>();
  #connection: NatsConnection | undefined;
  #isConnected = false;
  #isClosed = false;
  readonly #running: Promise<void>;

  /**
   * Begins to connect, and goes on until it is closed.
   *
   * @throws NatsAddressError
   */
  constructor({ addresses, logger }: NatsLinkOptions) {
    this.#options = parseNatsAddresses(addresses);
    this.#redactedServers = redactNatsAddresses(addresses);
    this.#logger = logger;
    this.#running = this.#run();
  }

  /** Whether what is published now goes out. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Longest message in bytes. */
  get maxMessageBytes(): number {
    return this.#connection?.info?.max_payload ?? defaultMaxMessageBytes;
  }

  /** Sends to whoever has subscribed; never waits and never throws. */
  publish(subject: string, message: Uint8Array): void {
    if (!this.#isConnected || this.#isClosed) return;
    try {
      this.#connection?.publish(subject, message);
    } catch (error) {
      this.#logger.debug({ err: error, subject }, "not sent over NATS");
    }
  }

  /** Hands on what others publish, in the order in which each of them did; one receiver for a subject. */
  subscribe(subject: string, receive: MessageHandler): void {
    this.#receivers.set(subject, receive);
    if (this.#connection) this.#subscribeOn(this.#connection, subject, receive);
  }

  /** Calls back whenever it has been connected, for the first time or again. */
  onConnected(connected: () => void): void {
    this.#connectedListeners.push(connected);
    if (this.#isConnected) connected();
  }

  /** Resolves when what was published has gone out and the connection has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closing.resolve();
    await this.#running;
  }

  async #run(): Promise<void> {
    let isKnown = false;
    // Loaded when it is needed, because whoever only checks addresses should not wait for it.
    const { connect } = await import("@nats-io/transport-node");
    while (!this.#isClosed) {
      try {
        const connection = await connect({
          ...this.#options,
          name: "asterite",
          // What this process says it knows.
          noEcho: true,
          timeout: connectTimeoutMs,
          pingInterval: pingIntervalMs,
          maxPingOut: maxUnansweredPings,
          maxReconnectAttempts: -1,
          reconnectTimeWait: retryMs,
          reconnectJitter: retryMs / 2,
        });
        await this.#serveConnection(connection);
      } catch (error) {
        if (!isKnown)
          this.#logger.warn({ err: error, servers: this.#redactedServers }, "NATS cannot be reached");
        isKnown = true;
        await this.#waitBeforeRetry();
      }
    }
  }

  /** Resolves when the connection has ended for good. */
  async #serveConnection(connection: NatsConnection): Promise<void> {
    this.#connection = connection;
    for (const [subject, receive] of this.#receivers) this.#subscribeOn(connection, subject, receive);
    this.#reportConnected();
    const watching = this.#watchStatus(connection);
    await Promise.race([connection.closed(), this.#closing.promise]);
    this.#isConnected = false;
    if (!connection.isClosed()) await connection.drain().catch(() => connection.close());
    await watching;
    this.#connection = undefined;
  }

  #subscribeOn(connection: NatsConnection, subject: string, receive: MessageHandler): void {
    connection.subscribe(subject, {
      callback: (error, message) => {
        if (!error) receive(message.data, message.subject);
      },
    });
  }

  async #watchStatus(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === "disconnect") {
        this.#isConnected = false;
        this.#logger.warn({ servers: this.#redactedServers }, "connection to NATS lost");
      } else if (type === "reconnect") {
        this.#reportConnected();
      }
    }
  }

  #reportConnected(): void {
    this.#isConnected = true;
    this.#logger.info({ servers: this.#redactedServers }, "connected to NATS");
    for (const connected of this.#connectedListeners) connected();
  }

  async #waitBeforeRetry(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, retryMs);
    await Promise.race([promise, this.#closing.promise]);
    clearTimeout(timer);
  }
}
