import type { BufferLimits } from "../sessions/event-buffer.ts";

interface QueuedEvent {
  /** Equal for events of one type and player, of which the last one describes the state. */
  readonly key: string;
  readonly text: string;
}

/** Share of the limits that remains in use after events were left out, so that this happens rarely. */
const remainingShare = 0.75;

/**
 * Events of a session without a connection, in order. Above its limits it keeps the last event of each type of each
 * player, and leaves out the oldest of them if those are still too many.
 */
export class ResumeQueue {
  readonly #limits: BufferLimits;
  #events: QueuedEvent[] = [];
  #size = 0;

  constructor(limits: BufferLimits) {
    this.#limits = limits;
  }

  /** Removes and returns all events. */
  drain(): readonly string[] {
    const texts = this.#events.map(({ text }) => text);
    this.#events = [];
    this.#size = 0;
    return texts;
  }

  push(event: QueuedEvent): void {
    this.#events.push(event);
    this.#size += event.text.length;
    if (this.#fits(1)) return;
    const last = new Map(this.#events.map((each) => [each.key, each]));
    this.#events = this.#events.filter((each) => last.get(each.key) === each);
    this.#size = this.#events.reduce((sum, { text }) => sum + text.length, 0);
    let dropped = 0;
    while (!this.#fits(remainingShare, dropped)) {
      this.#size -= this.#events[dropped]?.text.length ?? 0;
      dropped++;
    }
    this.#events.splice(0, dropped);
  }

  #fits(share: number, dropped = 0): boolean {
    const { maxMessages, maxBytes } = this.#limits;
    return this.#events.length - dropped <= maxMessages * share && this.#size <= maxBytes * share;
  }
}
