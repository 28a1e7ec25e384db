import type { Logger } from "@asterite/util";
import type { NatsConnection, NodeConnectionOptions } from "@nats-io/transport-node";
import { parseNatsAddresses, redactNatsAddresses } from "./nats-address.ts";

const connectTimeoutMs = 2000;
const retryMs = 500;
/** Interval of keep-alive pings. */
const pingIntervalMs = 2000;
/** Unanswered pings after which the connection counts as lost. */
const maxUnansweredPings = 2;
/** Default `max_payload` of a NATS server, used until the first connect. */
const defaultMaxMessageBytes = 1024 * 1024;

/** Options of a {@link NatsLink}. */
export interface NatsLinkOptions {
  /** Comma-separated addresses in the format of {@link parseNatsAddresses}. */
  readonly addresses: string;
  /** Destination of log lines about connections made and lost; they contain no credentials. */
  readonly logger: Logger;
}

type MessageHandler = (message: Uint8Array, subject: string) => void;

/**
 * Connection to NATS that reconnects until it is closed. Delivery is at most once: messages published while
 * it is disconnected are dropped, on either side. Own messages are not delivered to own subscriptions.
 */
export class NatsLink {
  readonly #options: Partial<NodeConnectionOptions>;
  readonly #redactedServers: string;
  readonly #logger: Logger;
  readonly #handlers = new Map<string, MessageHandler>();
  readonly #connectedListeners: (() => void)[] = [];
  readonly #closing = Promise.withResolvers<void>();
  #connection: NatsConnection | undefined;
  #isConnected = false;
  #isClosed = false;
  readonly #running: Promise<void>;

  /**
   * Begins to connect, and retries until it is closed.
   *
   * @throws NatsAddressError if an address is invalid.
   */
  constructor({ addresses, logger }: NatsLinkOptions) {
    this.#options = parseNatsAddresses(addresses);
    this.#redactedServers = redactNatsAddresses(addresses);
    this.#logger = logger;
    this.#running = this.#run();
  }

  /** Whether the connection is up, so that published messages are sent. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Largest message that the server accepts, in bytes. */
  get maxMessageBytes(): number {
    return this.#connection?.info?.max_payload ?? defaultMaxMessageBytes;
  }

  /** Publishes a message. Never blocks and never throws; drops the message while disconnected. */
  publish(subject: string, message: Uint8Array): void {
    if (!this.#isConnected || this.#isClosed) return;
    try {
      this.#connection?.publish(subject, message);
    } catch (error) {
      this.#logger.debug({ err: error, subject }, "NATS publish failed");
    }
  }

  /**
   * Sets the handler for a subject, which may contain wildcards. A subscription survives reconnects; messages
   * of one publisher arrive in order.
   */
  subscribe(subject: string, receive: MessageHandler): void {
    this.#handlers.set(subject, receive);
    if (this.#connection) this.#subscribeOn(this.#connection, subject, receive);
  }

  /**
   * Adds a listener that is called after each connect and reconnect, and at once if the connection is up now.
   */
  onConnected(connected: () => void): void {
    this.#connectedListeners.push(connected);
    if (this.#isConnected) connected();
  }

  /** Sends buffered messages, then disconnects for good. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closing.resolve();
    await this.#running;
  }

  async #run(): Promise<void> {
    let isFailureLogged = false;
    // Imported on demand, so that callers that only parse addresses do not load it.
    const { connect } = await import("@nats-io/transport-node");
    while (!this.#isClosed) {
      try {
        const connection = await connect({
          ...this.#options,
          name: "asterite",
          // Do not receive our own messages.
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
        if (!isFailureLogged)
          this.#logger.warn(
            { err: error, servers: this.#redactedServers },
            "connection to NATS failed: retrying",
          );
        isFailureLogged = true;
        await this.#waitBeforeRetry();
      }
    }
  }

  /** Uses a connection until it is closed for good. */
  async #serveConnection(connection: NatsConnection): Promise<void> {
    this.#connection = connection;
    for (const [subject, receive] of this.#handlers) this.#subscribeOn(connection, subject, receive);
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
