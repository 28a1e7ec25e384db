import { NatsLink } from "@asterite/nats";
import type { Logger } from "@asterite/util";
import type { Bus, Topic } from "./bus.ts";

/** The bus over NATS: one connection and one subscription for a process. */
export class NatsBus implements Bus {
  readonly #link: NatsLink;
  readonly #prefix: string;
  readonly #receivers = new Map<string, (message: Uint8Array) => void>();

  /**
   * Begins to connect, and goes on until it is closed.
   *
   * @param cluster sets the processes of one database apart from all others on the same servers.
   * @throws NatsAddressError
   */
  constructor(addresses: string, cluster: string, logger: Logger) {
    this.#prefix = `asterite.${cluster}`;
    this.#link = new NatsLink({ addresses, logger });
    this.#link.subscribe(`${this.#prefix}.*`, (message, subject) => this.#receivers.get(subject)?.(message));
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
    this.#receivers.set(`${this.#prefix}.${topic}`, receive);
  }

  onConnected(connected: () => void): void {
    this.#link.onConnected(connected);
  }

  async close(): Promise<void> {
    await this.#link.close();
  }
}
