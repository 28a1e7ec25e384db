/**
 * Hands messages on once what is running has returned, in order. The answer to an operation is written by
 * whoever asked for it, so it comes before the messages that the operation caused.
 */
export class MessageQueue<Message> {
  readonly #deliver: (message: Message) => void;
  #waiting: (() => Message)[] = [];

  constructor(deliver: (message: Message) => void) {
    this.#deliver = deliver;
  }

  /** @param make - Called when it is the message's turn, so that what it says is true then. */
  push(make: () => Message): void {
    if (this.#waiting.push(make) === 1) queueMicrotask(() => this.#run());
  }

  #run(): void {
    // What is pushed meanwhile gets a turn of its own.
    const batch = this.#waiting;
    this.#waiting = [];
    for (const make of batch) this.#deliver(make());
  }
}
