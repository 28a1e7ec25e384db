import { RecentSet } from "./recent-set.ts";

/** How many channels and messages of each are remembered; 1000 × 100 numbers at most. */
const maxChannels = 1000;
const maxMessagesPerChannel = 100;

/** How far one channel has been followed. */
export class ChannelProgress {
  readonly #messages = new RecentSet(maxMessagesPerChannel);
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
export class ChannelProgressMap {
  readonly #byChannel = new Map<number, ChannelProgress>();

  get channels(): readonly number[] {
    return [...this.#byChannel.keys()];
  }

  get(channel: number): ChannelProgress | undefined {
    return this.#byChannel.get(channel);
  }

  /** The trail of a channel, begun if there is none. */
  getOrCreate(channel: number): ChannelProgress {
    let trail = this.#byChannel.get(channel);
    if (!trail) {
      trail = new ChannelProgress();
      this.#byChannel.set(channel, trail);
      const [oldest] = this.#byChannel.keys();
      if (this.#byChannel.size > maxChannels && oldest !== undefined) this.#byChannel.delete(oldest);
    }
    return trail;
  }
}
