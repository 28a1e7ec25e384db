import type { Logger } from "@asterite/util";
import type { NatsConnection } from "@nats-io/transport-node";
import { connectNats, describeNatsError } from "./connect-nats.ts";
import { type NatsAddresses, parseNatsAddresses, redactNatsAddresses } from "./nats-address.ts";

const connectTimeoutMs = 2000;
const retryMs = 500;
/** Interval of keep-alive pings. */
const pingIntervalMs = 2000;
/** Unanswered pings after which the connection counts as lost. */
const maxUnansweredPings = 2;
/** Minimum interval between two warnings about one subject. */
const refusalWarningMs = 60_000;
/** Refused subjects that are remembered, above which all are forgotten. */
const maxRefusedSubjects = 100;
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
  readonly #addresses: NatsAddresses;
  readonly #redactedServers: string;
  readonly #logger: Logger;
  readonly #handlers = new Map<string, MessageHandler>();
  readonly #connectedListeners: (() => void)[] = [];
  /** Time of the last warning by operation and subject. */
  readonly #warnedAt = new Map<string, number>();
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
    this.#addresses = parseNatsAddresses(addresses);
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
    while (!this.#isClosed) {
      try {
        const connection = await connectNats(this.#addresses, {
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
            { reason: describeNatsError(error, this.#addresses), servers: this.#redactedServers },
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
        // Refusals are reported by the status of the connection.
        if (!error) receive(message.data, message.subject);
      },
    });
  }

  async #watchStatus(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === "disconnect") {
        this.#isConnected = false;
        this.#logger.warn({ servers: this.#redactedServers }, "connection to NATS lost");
      } else if (status.type === "reconnect") {
        this.#reportConnected();
      } else if (status.type === "error") {
        this.#reportRefusal(status.error);
      }
    }
  }

  /** Warns that the credentials do not permit an operation, once per subject and interval. */
  #reportRefusal(error: Error): void {
    const reason = describeNatsError(error, this.#addresses);
    const now = performance.now();
    if (now - (this.#warnedAt.get(reason) ?? Number.NEGATIVE_INFINITY) < refusalWarningMs) return;
    if (this.#warnedAt.size >= maxRefusedSubjects) this.#warnedAt.clear();
    this.#warnedAt.set(reason, now);
    this.#logger.warn({ reason, servers: this.#redactedServers }, "NATS refused an operation");
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
