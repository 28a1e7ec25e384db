import { evictOldest } from "./evict-oldest.ts";
import { RecentSet } from "./recent-set.ts";

/** Limits of a {@link ChannelProgressMap}: together at most 1000 × 100 uuids. */
const maxChannels = 1000;
const maxMessagesPerChannel = 100;

/** Newest messages of one channel that were already emitted. */
export class ChannelProgress {
  readonly #messages = new RecentSet(maxMessagesPerChannel);
  /** Date of the newest message, in Unix seconds; undefined if the channel was empty. */
  lastDate: number | undefined;

  has(message: number): boolean {
    return this.#messages.has(message);
  }

  /** Records a message and returns whether it is new. */
  add({ uuid, date }: { readonly uuid: number; readonly date: number }): boolean {
    if (!this.#messages.add(uuid)) return false;
    this.lastDate = Math.max(date, this.lastDate ?? date);
    return true;
  }
}

/** Progress of every channel, by which a catch-up emits only messages that are new. */
export class ChannelProgressMap {
  readonly #byChannel = new Map<number, ChannelProgress>();

  get channels(): readonly number[] {
    return [...this.#byChannel.keys()];
  }

  get(channel: number): ChannelProgress | undefined {
    return this.#byChannel.get(channel);
  }

  getOrCreate(channel: number): ChannelProgress {
    let progress = this.#byChannel.get(channel);
    if (!progress) {
      progress = new ChannelProgress();
      this.#byChannel.set(channel, progress);
      evictOldest(this.#byChannel, maxChannels);
    }
    return progress;
  }
}
