import { NatsLink } from "@asterite/nats";
import type { Logger } from "@asterite/util";
import type { Bus, Topic } from "./bus.ts";

/** Bus over NATS, with one connection and one subscription for the process. */
export class NatsBus implements Bus {
  readonly #link: NatsLink;
  readonly #prefix: string;
  readonly #handlers = new Map<string, (message: Uint8Array) => void>();

  /**
   * Begins to connect, and reconnects until it is closed.
   *
   * @param clusterId - Separates the processes of one database from all others on the same NATS servers.
   * @throws NatsAddressError
   */
  constructor(addresses: string, clusterId: string, logger: Logger) {
    this.#prefix = `asterite.chat.${clusterId}`;
    this.#link = new NatsLink({ addresses, logger });
    this.#link.subscribe(`${this.#prefix}.*`, (message, subject) => this.#handlers.get(subject)?.(message));
  }

  get isConnected(): boolean {
    return this.#link.isConnected;
  }

  get maxMessageBytes(): number {
    return this.#link.maxMessageBytes;
  }

  send(topic: Topic, message: Uint8Array): void {
    this.#link.publish(`${this.#prefix}.${topic}`, message);
  }

  subscribe(topic: Topic, receive: (message: Uint8Array) => void): void {
    this.#handlers.set(`${this.#prefix}.${topic}`, receive);
  }

  onConnected(connected: () => void): void {
    this.#link.onConnected(connected);
  }

  async close(): Promise<void> {
    await this.#link.close();
  }
}
