/** FIFO queue with a constant-time `shift`, which `Array.shift` does not guarantee. */
export class EventQueue<Event extends object> {
  #events: (Event | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#events.length - this.#head;
  }

  push(event: Event): void {
    this.#events.push(event);
  }

  /** Puts an event that was removed back at the front. */
  unshift(event: Event): void {
    if (this.#head > 0) {
      this.#head--;
      this.#events[this.#head] = event;
    } else {
      this.#events.unshift(event);
    }
  }

  shift(): Event | undefined {
    if (this.size === 0) return undefined;
    const event = this.#events[this.#head];
    this.#events[this.#head] = undefined;
    this.#head++;
    if (this.#head === this.#events.length) {
      this.clear();
    } else if (this.#head > 1_024 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
    return event;
  }

  clear(): void {
    this.#events.length = 0;
    this.#head = 0;
  }
}
