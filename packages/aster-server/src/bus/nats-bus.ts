import { connect, type NatsConnection, type NodeConnectionOptions } from "@nats-io/transport-node";
import type { Logger } from "../logger.ts";
import type { Bus, Topic } from "./bus.ts";
import { connectionOf, shownServers } from "./nats-address.ts";

const connectTimeoutMs = 2000;
const retryMs = 500;
/** A connection that is silent is asked so often, and given up after the second answer that does not come. */
const pingMs = 2000;
const lostPings = 2;
const defaultLongest = 1024 * 1024;

/** The bus over NATS: one connection and one subscription for a process. */
export class NatsBus implements Bus {
  readonly #options: Partial<NodeConnectionOptions>;
  readonly #shown: string;
  readonly #prefix: string;
  readonly #logger: Logger;
  readonly #receivers = new Map<string, (message: Uint8Array) => void>();
  readonly #connected: (() => void)[] = [];
  readonly #closing = Promise.withResolvers<void>();
  #connection: NatsConnection | undefined;
  #isConnected = false;
  #isClosed = false;
  readonly #running: Promise<void>;

  /**
   * Begins to connect, and goes on until it is closed.
   *
   * @param cluster sets the processes of one database apart from all others on the same servers.
   * @throws ServerError with `OPTION_INVALID`.
   */
  constructor(addresses: string, cluster: string, logger: Logger) {
    this.#options = connectionOf(addresses);
    this.#shown = shownServers(addresses);
    this.#prefix = `asterite.${cluster}`;
    this.#logger = logger;
    this.#running = this.#run();
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  get longestMessage(): number {
    return this.#connection?.info?.max_payload ?? defaultLongest;
  }

  send(topic: Topic, message: Uint8Array): void {
    if (!this.#isConnected || this.#isClosed) return;
    try {
      this.#connection?.publish(`${this.#prefix}.${topic}`, message);
    } catch (error) {
      this.#logger.debug({ err: error, topic }, "not sent to the other processes");
    }
  }

  listen(topic: Topic, receive: (message: Uint8Array) => void): void {
    this.#receivers.set(`${this.#prefix}.${topic}`, receive);
  }

  onConnected(connected: () => void): void {
    this.#connected.push(connected);
    if (this.#isConnected) connected();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closing.resolve();
    await this.#running;
  }

  async #run(): Promise<void> {
    let isKnown = false;
    while (!this.#isClosed) {
      try {
        const connection = await connect({
          ...this.#options,
          name: "asterite",
          // What this process says it knows.
          noEcho: true,
          timeout: connectTimeoutMs,
          pingInterval: pingMs,
          maxPingOut: lostPings,
          maxReconnectAttempts: -1,
          reconnectTimeWait: retryMs,
          reconnectJitter: retryMs / 2,
        });
        await this.#use(connection);
      } catch (error) {
        if (!isKnown) this.#logger.warn({ err: error, servers: this.#shown }, "NATS cannot be reached");
        isKnown = true;
        await this.#pause();
      }
    }
  }

  /** Resolves when the connection has ended for good. */
  async #use(connection: NatsConnection): Promise<void> {
    this.#connection = connection;
    connection.subscribe(`${this.#prefix}.*`, {
      callback: (error, message) => {
        if (!error) this.#receivers.get(message.subject)?.(message.data);
      },
    });
    this.#up();
    const watching = this.#watch(connection);
    await Promise.race([connection.closed(), this.#closing.promise]);
    this.#isConnected = false;
    if (!connection.isClosed()) await connection.drain().catch(() => connection.close());
    await watching;
    this.#connection = undefined;
  }

  async #watch(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === "disconnect") {
        this.#isConnected = false;
        this.#logger.warn({ servers: this.#shown }, "connection to NATS lost");
      } else if (type === "reconnect") {
        this.#up();
      }
    }
  }

  #up(): void {
    this.#isConnected = true;
    this.#logger.info({ servers: this.#shown }, "connected to NATS");
    for (const connected of this.#connected) connected();
  }

  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, retryMs);
    await Promise.race([promise, this.#closing.promise]);
    clearTimeout(timer);
  }
}
