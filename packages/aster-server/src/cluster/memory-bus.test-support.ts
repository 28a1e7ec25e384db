import type { Bus, Topic } from "../bus/bus.ts";

/** Buses of several processes in this one, which hand on messages when they are told to. */
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

type Pass = (from: MemoryBus, topic: Topic, message: Uint8Array) => void;

/** One of them. */
export class MemoryBus implements Bus {
  readonly maxMessageBytes = 1_000_000;
  isConnected = true;
  readonly #pass: Pass;
  readonly #receivers = new Map<Topic, (message: Uint8Array) => void>();
  readonly #connected: (() => void)[] = [];

  constructor(pass: Pass) {
    this.#pass = pass;
  }

  send(topic: Topic, message: Uint8Array): void {
    if (this.isConnected) this.#pass(this, topic, message);
  }

  receive(topic: Topic, message: Uint8Array): void {
    if (this.isConnected) this.#receivers.get(topic)?.(message);
  }

  subscribe(topic: Topic, receive: (message: Uint8Array) => void): void {
    this.#receivers.set(topic, receive);
  }

  onConnected(connected: () => void): void {
    this.#connected.push(connected);
    if (this.isConnected) connected();
  }

  disconnect(): void {
    this.isConnected = false;
  }

  reconnect(): void {
    this.isConnected = true;
    for (const connected of this.#connected) connected();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
