import type { Bus, Topic } from "../bus/bus.ts";

/** In-memory network that connects the buses of several simulated processes. */
export class MemoryNetwork {
  readonly #members: MemoryBus[] = [];

  join(): MemoryBus {
    const bus = new MemoryBus((from, topic, message) => {
      for (const member of this.#members) if (member !== from) member.receive(topic, message);
    });
    this.#members.push(bus);
    return bus;
  }
}

type Deliver = (from: MemoryBus, topic: Topic, message: Uint8Array) => void;

/** Bus of one process, which delivers synchronously. */
export class MemoryBus implements Bus {
  readonly maxMessageBytes = 1_000_000;
  isConnected = true;
  readonly #deliver: Deliver;
  readonly #handlers = new Map<Topic, (message: Uint8Array) => void>();
  readonly #listeners: (() => void)[] = [];

  constructor(deliver: Deliver) {
    this.#deliver = deliver;
  }

  send(topic: Topic, message: Uint8Array): void {
    if (this.isConnected) this.#deliver(this, topic, message);
  }

  receive(topic: Topic, message: Uint8Array): void {
    if (this.isConnected) this.#handlers.get(topic)?.(message);
  }

  subscribe(topic: Topic, receive: (message: Uint8Array) => void): void {
    this.#handlers.set(topic, receive);
  }

  onConnected(connected: () => void): void {
    this.#listeners.push(connected);
    if (this.isConnected) connected();
  }

  disconnect(): void {
    this.isConnected = false;
  }

  reconnect(): void {
    this.isConnected = true;
    for (const connected of this.#listeners) connected();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
