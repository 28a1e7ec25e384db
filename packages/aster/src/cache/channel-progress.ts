import { Recent } from "./recent-set.ts";

/** How many channels and messages of each are remembered; 1000 × 100 numbers at most. */
const mostChannels = 1000;
const messagesPerChannel = 100;

/** How far one channel has been followed. */
export class Trail {
  readonly #messages = new Recent(messagesPerChannel);
  /** Date of the newest message, in Unix seconds; undefined in a channel that was empty. */
  lastDate: number | undefined;

  has(message: number): boolean {
    return this.#messages.has(message);
  }

  /** Says whether the message is new here. */
  add({ uuid, date }: { readonly uuid: number; readonly date: number }): boolean {
    if (!this.#messages.add(uuid)) return false;
    this.lastDate = Math.max(date, this.lastDate ?? date);
    return true;
  }
}

/** How far every channel has been followed, so that after an absence only what is new is told. */
export class Trails {
  readonly #trails = new Map<number, Trail>();

  get channels(): readonly number[] {
    return [...this.#trails.keys()];
  }

  get(channel: number): Trail | undefined {
    return this.#trails.get(channel);
  }

  /** The trail of a channel, begun if there is none. */
  of(channel: number): Trail {
    let trail = this.#trails.get(channel);
    if (!trail) {
      trail = new Trail();
      this.#trails.set(channel, trail);
      const [oldest] = this.#trails.keys();
      if (this.#trails.size > mostChannels && oldest !== undefined) this.#trails.delete(oldest);
    }
    return trail;
  }
}
